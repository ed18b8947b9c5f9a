import type { Volume } from '../imaging/index.ts';
import type { Reconstruction } from './reconstruct.ts';

/** Mean absolute errors of a reconstruction, in units of the network's input. */
export interface InspectedError {
  /** Over all voxels of the view. */
  readonly mean: number;
  readonly ofMasked: number;
  /** 0: visible patches are shown as they are. */
  readonly ofVisible: number;
  /** Over the masked voxels of each segment that has any, by rising value. */
  readonly perSegment?: readonly SegmentError[];
}

export interface SegmentError {
  readonly value: number;
  readonly mean: number;
  /** Masked voxels of the view that lie in the segment. */
  readonly voxels: number;
}

/** @param labels label values on the grid of the view; 0 is no segment */
export function inspectedError({ error, mask }: Reconstruction, labels?: Volume): InspectedError {
  let [all, masked, maskedVoxels] = [0, 0, 0];
  const sums = new Map<number, { sum: number; voxels: number }>();
  for (let v = 0; v < error.voxels.length; v++) {
    const value = error.voxels[v] as number;
    all += value;
    if (mask.voxels[v] !== 1) continue;
    masked += value;
    maskedVoxels++;
    const label = labels?.voxels[v] ?? 0;
    if (label === 0) continue;
    const of = sums.get(label) ?? { sum: 0, voxels: 0 };
    of.sum += value;
    of.voxels++;
    sums.set(label, of);
  }
  const visible = error.voxels.length - maskedVoxels;
  return {
    mean: all / error.voxels.length,
    ofMasked: masked / maskedVoxels,
    ofVisible: visible === 0 ? 0 : (all - masked) / visible,
    ...(labels === undefined
      ? {}
      : {
          perSegment: [...sums].sort(([a], [b]) => a - b).map(([value, { sum, voxels }]) => ({ value, mean: sum / voxels, voxels })),
        }),
  };
}
