/**
 * Exact percentiles of the numbers in `values` that are not NaN, with linear interpolation between ranks (numpy's default). Two
 * histograms of 16 bits each instead of a sort: the time grows with the number of values alone.
 * @param percents each in [0, 100].
 * @returns one number each; NaN when there are no values.
 */
export function percentiles(values: Float32Array, percents: readonly number[]): number[] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const high = new Uint32Array(65536);
  let count = 0;
  for (let i = 0; i < bits.length; i++) {
    const value = values[i] as number;
    if (value !== value) continue;
    count++;
    const bin = orderedKey(bits[i] as number) >>> 16;
    high[bin] = (high[bin] as number) + 1;
  }
  if (count === 0) return percents.map(() => NaN);

  const positions = percents.map((p) => (p / 100) * (count - 1));
  const ranks = positions.flatMap((p) => [Math.floor(p), Math.ceil(p)]);
  const atRank = valuesAtRanks(values, bits, high, ranks);
  return positions.map((p, i) => {
    const [low, up] = [atRank[2 * i] as number, atRank[2 * i + 1] as number];
    return low === up ? low : low + (up - low) * (p - Math.floor(p));
  });
}

/** Float32 bit patterns in an order that follows the numbers: negative ones reversed, below the positive. */
function orderedKey(bits: number): number {
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

function valuesAtRanks(values: Float32Array, bits: Uint32Array, high: Uint32Array, ranks: readonly number[]): number[] {
  const located = ranks.map((rank) => locate(high, rank));
  const low = new Map(located.map(({ bin }) => [bin, new Uint32Array(65536)]));
  for (let i = 0; i < bits.length; i++) {
    const value = values[i] as number;
    if (value !== value) continue;
    const key = orderedKey(bits[i] as number);
    const bins = low.get(key >>> 16);
    if (bins !== undefined) bins[key & 0xffff] = (bins[key & 0xffff] as number) + 1;
  }
  return located.map(({ bin, rest }) => {
    const key = ((bin << 16) | locate(low.get(bin) ?? high, rest).bin) >>> 0;
    return fromOrderedKey(key);
  });
}

function fromOrderedKey(key: number): number {
  const word = new Uint32Array([key & 0x80000000 ? key & 0x7fffffff : ~key]);
  return new Float32Array(word.buffer)[0] as number;
}

/** The bin that holds the value of a rank (from 0), and the rank within it. */
function locate(histogram: Uint32Array, rank: number): { bin: number; rest: number } {
  let rest = rank;
  let bin = 0;
  while (bin < histogram.length - 1 && rest >= (histogram[bin] as number)) rest -= histogram[bin++] as number;
  return { bin, rest };
}
