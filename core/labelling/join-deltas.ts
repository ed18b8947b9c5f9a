import { TesseraError } from '../base/errors.ts';
import { RunList, type LabelDelta } from './label-delta.ts';

/**
 * The one delta that does what several do after one another, the oldest first.
 * @throws TesseraError `bad-labels` when one was not made for the state that the one before leaves
 */
export function joinDeltas(deltas: readonly LabelDelta[]): LabelDelta {
  const [first, second] = deltas;
  if (first === undefined) return { runs: new Uint32Array() };
  if (second === undefined) return first;
  // By halves: each run is then gone through a few times only, however many deltas there are.
  const middle = deltas.length >> 1;
  return joined(joinDeltas(deltas.slice(0, middle)), joinDeltas(deltas.slice(middle)));
}

/** Goes along both at once, in pieces in which each of them has one run or none. */
function joined({ runs: a }: LabelDelta, { runs: b }: LabelDelta): LabelDelta {
  const runs = new RunList();
  let [i, j, at] = [0, 0, 0];
  while (i < a.length || j < b.length) {
    const startA = i < a.length ? Math.max(at, a[i] as number) : Infinity;
    const startB = j < b.length ? Math.max(at, b[j] as number) : Infinity;
    const start = Math.min(startA, startB);
    const [inA, inB] = [startA === start, startB === start];
    const endA = inA ? (a[i] as number) + (a[i + 1] as number) : startA;
    const endB = inB ? (b[j] as number) + (b[j + 1] as number) : startB;
    const end = Math.min(endA, endB);
    if (inA && inB && a[i + 3] !== b[j + 2]) {
      throw new TesseraError('bad-labels', 'Changes of labels do not follow one another.', { advice: 'Read the label map anew.' });
    }
    const before = (inA ? a[i + 2] : b[j + 2]) as number;
    const after = (inB ? b[j + 3] : a[i + 3]) as number;
    runs.addRun(start, end - start, before, after);
    at = end;
    if (inA && end === endA) i += 4;
    if (inB && end === endB) j += 4;
  }
  return runs.delta();
}
