import { applyDelta, RunList, type LabelArray, type LabelDelta } from './label-delta.ts';

/**
 * Gives the voxels of a change that was made their values from before, where they have still what it made of them.
 * @returns what that changed
 */
export function takeBack(labels: LabelArray, { runs }: LabelDelta): LabelDelta {
  const back = new RunList();
  for (let r = 0; r < runs.length; r += 4) {
    const [start, length] = [runs[r] as number, runs[r + 1] as number];
    const [before, after] = [runs[r + 2] as number, runs[r + 3] as number];
    for (let v = start; v < start + length; v++) if (labels[v] === after) back.add(v, after, before);
  }
  const delta = back.delta();
  applyDelta(labels, delta);
  return delta;
}
