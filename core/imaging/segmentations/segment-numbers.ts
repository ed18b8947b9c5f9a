import { voxelVolume } from '../geometry.ts';
import type { Volume } from '../volume.ts';
import type { GridLabels } from './on-grid.ts';

/** What is measured of one segment. */
export interface SegmentNumbers {
  readonly value: number;
  readonly voxels: number;
  readonly cubicMillimetres: number;
  /** Mean of the scan over the segment, in the scan's unit (HU in CT); absent where the scan was not given or holds no finite value there. */
  readonly mean?: number;
}

/**
 * Volume, and mean of the scan, of every value of a label map. A voxel counts whole or not at all.
 * @param scan on the same grid; values that are not finite are passed over
 */
export function segmentNumbers({ labels, geometry, values }: GridLabels, scan?: Volume): readonly SegmentNumbers[] {
  const counts = new Float64Array(65536);
  const sums = new Float64Array(65536);
  const finite = new Float64Array(65536);
  const stored = scan?.voxels;
  if (stored !== undefined && stored.length !== labels.length) throw new RangeError('the scan has another grid');
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (label === 0) continue;
    counts[label] = (counts[label] as number) + 1;
    const value = stored?.[i];
    if (value === undefined || !Number.isFinite(value)) continue;
    sums[label] = (sums[label] as number) + value;
    finite[label] = (finite[label] as number) + 1;
  }
  const volume = voxelVolume(geometry);
  return values.map((value) => {
    const voxels = counts[value] ?? 0;
    const known = finite[value] ?? 0;
    const mean = scan === undefined || known === 0 ? undefined : ((sums[value] ?? 0) / known) * scan.slope + scan.intercept;
    return { value, voxels, cubicMillimetres: voxels * volume, ...(mean === undefined ? {} : { mean }) };
  });
}
