import { TesseraError } from '../base/errors.ts';
import { type Triple } from '../imaging/volume.ts';
import { ToolRefusal } from './refusal.ts';
import { type Axis, type Grid } from './rules.ts';

/** Millimetres between two continuous voxel positions. */
export function distance(spacing: Triple, p: Triple, q: Triple): number {
  return Math.hypot((p[0] - q[0]) * spacing[0], (p[1] - q[1]) * spacing[1], (p[2] - q[2]) * spacing[2]);
}

export function isInGrid(dims: Triple, [i, j, k]: Triple): boolean {
  return i >= 0 && j >= 0 && k >= 0 && i < dims[0] && j < dims[1] && k < dims[2];
}

/** The voxel that holds a continuous position. @throws TesseraError `bad-setting` when it is outside the grid */
export function voxelAt({ dims }: Grid, point: Triple): Triple {
  const voxel: Triple = [Math.round(point[0]), Math.round(point[1]), Math.round(point[2])];
  if (!isInGrid(dims, voxel)) throw new ToolRefusal({ code: 'outsideScan' });
  return voxel;
}

/** The index axes along the two sides of a slice, the faster one first. */
export function planeAxes(axis: Axis): readonly [Axis, Axis] {
  return axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
}

/** Voxels from one to the next along each index axis. */
export function strides(dims: Triple): Triple {
  return [1, dims[0], dims[0] * dims[1]];
}

/** @throws TesseraError `bad-setting` for a slice that the grid has not */
export function checkSlice({ dims }: Grid, axis: Axis, slice: number): void {
  if (Number.isInteger(slice) && slice >= 0 && slice < dims[axis]) return;
  throw new TesseraError('bad-setting', `There is no slice ${slice}: the scan has slices from 0 to ${dims[axis] - 1} there.`);
}
