import { TesseraError } from '../base/errors.ts';
import { indexToPoint, voxelVolume } from './geometry.ts';
import { indexIJK, type PointLPS, type Volume } from './volume.ts';

/** What is measured of one segment of a label map on a scan. */
export interface SegmentStatistics {
  readonly value: number;
  readonly voxels: number;
  readonly millilitres: number;
  /** Mean and standard deviation (of a population) of the scan's finite values, in its unit (HU in CT); null where there are none. */
  readonly mean: number | null;
  readonly sd: number | null;
  /** Mean position of its voxels; null for a segment without voxels. */
  readonly centre: PointLPS | null;
}

/** Sums over one segment. The scan's values are summed as differences from the first, so that squares of large numbers do not cancel. */
interface Sums {
  voxels: number;
  finite: number;
  first: number;
  sum: number;
  squares: number;
  i: number;
  j: number;
  k: number;
}

/**
 * Measures every segment in one pass over labels and scan.
 * @param labels on the grid of the scan, i fastest; 0 is no segment
 * @param values segments that are told of even when they have no voxels; others follow as they are met
 * @throws TesseraError `grid-mismatch` when there are not as many labels as voxels
 */
export function segmentStatistics(scan: Volume, labels: Uint8Array | Uint16Array, values: readonly number[] = []): SegmentStatistics[] {
  const { voxels, slope, intercept, geometry } = scan;
  if (labels.length !== voxels.length)
    throw new TesseraError('grid-mismatch', `The label map has ${labels.length} voxels, its scan ${voxels.length}.`);
  const all = new Map<number, Sums>(values.filter((value) => value !== 0).map((value) => [value, empty()]));
  const [nx, ny, nz] = geometry.dims;
  let at = 0;
  let last = 0;
  let sums = empty();
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const label = labels[at] as number;
        if (label === 0) continue;
        if (label !== last) {
          sums = all.get(label) ?? empty();
          all.set(label, sums);
          last = label;
        }
        sums.voxels++;
        sums.i += i;
        sums.j += j;
        sums.k += k;
        const value = voxels[at] as number;
        if (!Number.isFinite(value)) continue;
        if (sums.finite++ === 0) sums.first = value;
        const difference = value - sums.first;
        sums.sum += difference;
        sums.squares += difference * difference;
      }
  const millilitres = voxelVolume(geometry) / 1000;
  return [...all].map(([value, { voxels: n, finite, first, sum, squares, i, j, k }]) => {
    const mean = sum / finite;
    return {
      value,
      voxels: n,
      millilitres: n * millilitres,
      mean: finite === 0 ? null : (first + mean) * slope + intercept,
      sd: finite === 0 ? null : Math.abs(slope) * Math.sqrt(Math.max(0, squares / finite - mean * mean)),
      centre: n === 0 ? null : indexToPoint(geometry, indexIJK(i / n, j / n, k / n)),
    };
  });
}

const empty = (): Sums => ({ voxels: 0, finite: 0, first: 0, sum: 0, squares: 0, i: 0, j: 0, k: 0 });
