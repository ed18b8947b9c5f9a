import { type Triple } from '../imaging/volume.ts';
import { distance, isInGrid } from './index-space.ts';
import { type LabelArray } from './label-delta.ts';
import { checkGrid, type Grid } from './rules.ts';

/** What the eyedropper found. */
export interface Picked {
  readonly value: number;
  readonly voxel: Triple;
  /** From the point to the voxel's centre; 0 for the voxel under the point. */
  readonly millimetres: number;
}

/**
 * The segment under a point, or else the nearest one.
 * @param point continuous voxel position, may lie outside the scan
 * @param reach how far to look around, in millimetres; 0 takes only the voxel under the point
 * @returns undefined when there is only background within reach
 */
export function pick(labels: LabelArray, grid: Grid, point: Triple, reach = 0): Picked | undefined {
  checkGrid(labels, grid);
  const { dims, spacing } = grid;
  const under: Triple = [Math.round(point[0]), Math.round(point[1]), Math.round(point[2])];
  const here = isInGrid(dims, under) ? (labels[under[0] + dims[0] * (under[1] + dims[1] * under[2])] as number) : 0;
  if (here !== 0) return { value: here, voxel: under, millimetres: 0 };

  let found: Picked | undefined;
  const range = (axis: 0 | 1 | 2): [number, number] => {
    const voxels = reach / spacing[axis];
    return [Math.max(0, Math.ceil(point[axis] - voxels)), Math.min(dims[axis] - 1, Math.floor(point[axis] + voxels))];
  };
  const [[i0, i1], [j0, j1], [k0, k1]] = [range(0), range(1), range(2)];
  for (let k = k0; k <= k1; k++)
    for (let j = j0; j <= j1; j++)
      for (let i = i0; i <= i1; i++) {
        const value = labels[i + dims[0] * (j + dims[1] * k)] as number;
        if (value === 0) continue;
        const voxel: Triple = [i, j, k];
        const millimetres = distance(spacing, point, voxel);
        if (millimetres <= (found?.millimetres ?? reach)) found = { value, voxel, millimetres };
      }
  return found;
}
