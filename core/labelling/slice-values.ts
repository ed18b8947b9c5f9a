import { type Triple } from '../imaging/volume.ts';
import { checkSlice, planeAxes, strides } from './index-space.ts';
import { checkScan, type Axis, type Grid, type ScanValues } from './rules.ts';

/** The scan's values in one slice, the faster index axis first. */
export interface SliceValues {
  readonly width: number;
  readonly height: number;
  /** width · height numbers; what is no number in the scan is the smallest value of the slice. */
  readonly values: Float32Array;
  /** Millimetres between voxels along the two sides. */
  readonly spacing: readonly [number, number];
  /** The voxel position of a position in the slice. */
  readonly toVoxel: (x: number, y: number) => Triple;
}

/** @throws TesseraError `grid-mismatch` for a scan of other voxels; `bad-setting` for a slice that the grid has not */
export function sliceValues({ voxels, slope, intercept }: ScanValues, grid: Grid, axis: Axis, slice: number): SliceValues {
  const { dims, spacing } = grid;
  checkScan({ voxels, slope, intercept }, grid);
  checkSlice(grid, axis, slice);
  const [u, v] = planeAxes(axis);
  const step = strides(dims);
  const [width, height] = [dims[u], dims[v]];
  const values = new Float32Array(width * height);
  let smallest = Infinity;
  for (let y = 0, n = 0; y < height; y++)
    for (let x = 0; x < width; x++, n++) {
      const value = (voxels[slice * step[axis] + x * step[u] + y * step[v]] as number) * slope + intercept;
      values[n] = value;
      if (value < smallest) smallest = value;
    }
  for (let n = 0; n < values.length; n++) if (!Number.isFinite(values[n])) values[n] = Number.isFinite(smallest) ? smallest : 0;
  const toVoxel = (x: number, y: number): Triple => (axis === 0 ? [slice, x, y] : axis === 1 ? [x, slice, y] : [x, y, slice]);
  return { width, height, values, spacing: [spacing[u], spacing[v]], toVoxel };
}
