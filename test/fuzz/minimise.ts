/** How often a case is opened again to make it smaller. */
const MOST_TRIES = 60;
/** And how long: one that hangs takes long each time. */
const LONGEST_MILLISECONDS = 60_000;

/**
 * A smaller change, or a smaller file, with the same fault: what differs from the original is put back piece by piece, and the end is cut off.
 * @param failsWith whether some bytes have the fault
 */
export async function minimise(
  original: Uint8Array,
  bytes: Uint8Array,
  failsWith: (bytes: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = bytes;
  let tries = MOST_TRIES;
  const end = performance.now() + LONGEST_MILLISECONDS;
  const attempt = async (candidate: Uint8Array): Promise<boolean> => {
    if (tries-- <= 0 || performance.now() > end || !(await failsWith(candidate))) return false;
    best = candidate;
    return true;
  };
  if (bytes.length === original.length) {
    for (const [from, to] of differences(original, bytes)) {
      const candidate = Uint8Array.from(best);
      candidate.set(original.subarray(from, to), from);
      await attempt(candidate);
    }
  }
  for (let step = best.length >> 1; step >= 1 && tries > 0;) {
    if (!(await attempt(best.slice(0, best.length - step))) || step > best.length) step >>= 1;
  }
  return best;
}

/** Stretches in which two files differ, equal bytes between them in groups of eight or more. */
function differences(a: Uint8Array, b: Uint8Array): (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    const last = found.at(-1);
    if (last !== undefined && i - last[1] < 8) last[1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}
