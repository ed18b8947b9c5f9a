import { TesseraError } from '../base/errors.ts';
import { voxelCount, type Geometry, type VoxelArray } from '../imaging/volume.ts';
import { viewPlane, type Marks, type Plane } from './view-plane.ts';

/** A volume, or an array with a geometry: voxels i fastest, value = stored·slope + intercept (1 and 0 where not given). */
export interface SliceSource {
  readonly voxels: VoxelArray;
  readonly geometry: Geometry;
  readonly slope?: number;
  readonly intercept?: number;
}

/** One plane of voxels as it is looked at: rows from the top, the patient's right or anterior at the left. */
export interface Slice {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  /** Millimetres of one voxel across and down. */
  readonly voxelMm: readonly [number, number];
  /** Of the whole scan: its finest spacing and its longest side in mm, so that the pictures of all planes can share one scale. */
  readonly scan: { readonly finestMm: number; readonly longestMm: number };
  readonly marks: Marks;
}

/**
 * Takes one slice in radiological convention.
 * @param at index of the slice along its voxel axis; the middle where not given
 * @throws TesseraError `grid-mismatch` when the array does not fill the grid; `bad-setting` when there is no such slice
 */
export function takeSlice({ voxels, geometry, slope = 1, intercept = 0 }: SliceSource, plane: Plane, at?: number): Slice {
  const { dims, spacing } = geometry;
  if (voxels.length !== voxelCount(dims)) {
    throw new TesseraError('grid-mismatch', `${voxels.length} voxels do not fill a grid of ${dims.join(' × ')}.`);
  }
  const { across, down, through, marks } = viewPlane(geometry, plane);
  const sizeOf = (axis: number): number => dims[axis] ?? 1;
  const index = at ?? Math.floor(sizeOf(through) / 2);
  if (!Number.isInteger(index) || index < 0 || index >= sizeOf(through)) {
    throw new TesseraError('bad-setting', `there is no ${plane} slice ${index}; the scan has slices 0 to ${sizeOf(through) - 1}.`, {
      subject: 'slice',
    });
  }
  const strides = [1, dims[0], dims[0] * dims[1]];
  const strideOf = (axis: number): number => strides[axis] ?? 1;
  const width = sizeOf(across.axis);
  const height = sizeOf(down.axis);
  const stepX = strideOf(across.axis) * (across.flipped ? -1 : 1);
  const stepY = strideOf(down.axis) * (down.flipped ? -1 : 1);
  const start =
    index * strideOf(through) +
    (across.flipped ? (width - 1) * strideOf(across.axis) : 0) +
    (down.flipped ? (height - 1) * strideOf(down.axis) : 0);

  const values = new Float32Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0, v = start + y * stepY; x < width; x++, p++, v += stepX) values[p] = (voxels[v] as number) * slope + intercept;
  }
  const sides = [0, 1, 2].map((axis) => ({ voxels: sizeOf(axis), mm: spacing[axis] ?? 1 }));
  // The spacing along an axis of one voxel is often made up.
  const extended = sides.filter((side) => side.voxels > 1);
  const scan = {
    finestMm: Math.min(...(extended.length > 0 ? extended : sides).map((side) => side.mm)),
    longestMm: Math.max(...(extended.length > 0 ? extended : sides).map((side) => side.voxels * side.mm)),
  };
  return { width, height, values, voxelMm: [spacing[across.axis] ?? 1, spacing[down.axis] ?? 1], scan, marks };
}

/** Index of the slice that shows most of a label (of any label but 0 where none is given); the middle slice when it is nowhere. */
export function fullestSlice({ voxels, geometry }: SliceSource, plane: Plane, label?: number): number {
  const { dims } = geometry;
  const { through } = viewPlane(geometry, plane);
  const counts = new Float64Array(dims[through] ?? 1);
  for (let k = 0, v = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++, v++) {
        const value = voxels[v] as number;
        if (label === undefined ? value === 0 : value !== label) continue;
        const index = through === 0 ? i : through === 1 ? j : k;
        counts[index] = (counts[index] as number) + 1;
      }
    }
  }
  const fullest = counts.indexOf(Math.max(...counts));
  return counts[fullest] === 0 ? Math.floor(counts.length / 2) : fullest;
}
