import { type Axis, type Grid, type LabelArray } from '../../../core/labelling/index.ts';
import { type Triple } from '../../../core/imaging/volume.ts';

/** A label map written down: slices across k, each one string a row, `.` for background; i runs to the right, j down. */
export function drawn(slices: readonly (readonly string[])[], spacing: Triple = [1, 1, 1]): { labels: Uint8Array; grid: Grid } {
  const [rows, columns] = [slices[0]?.length ?? 0, slices[0]?.[0]?.length ?? 0];
  const cells = slices.flatMap((slice) => slice.flatMap((row) => [...row]));
  if (cells.length !== slices.length * rows * columns) throw new Error('the drawing has rows of different lengths');
  return {
    labels: Uint8Array.from(cells, (cell) => (cell === '.' ? 0 : Number(cell))),
    grid: { dims: [columns, rows, slices.length], spacing },
  };
}

/** One slice as {@link drawn} takes it. */
export function picture(labels: LabelArray, { dims }: Grid, k = 0): string[] {
  return Array.from({ length: dims[1] }, (_, j) => {
    const row = labels.subarray(dims[0] * (j + dims[1] * k), dims[0] * (j + 1 + dims[1] * k));
    return Array.from(row, (value) => (value === 0 ? '.' : String(value))).join('');
  });
}

/** An array of the grid's voxels, turned round along one axis. */
export function flipped<A extends LabelArray | Int16Array>(voxels: A, { dims }: Grid, axis: Axis): A {
  const [nx, ny] = dims;
  const out = voxels.slice() as A;
  for (let v = 0; v < voxels.length; v++) {
    const at: [number, number, number] = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
    at[axis] = dims[axis] - 1 - at[axis];
    out[at[0] + nx * (at[1] + ny * at[2])] = voxels[v] as number;
  }
  return out;
}

/** The voxel position that a position comes to lie at when the grid is turned round along one axis. */
export function flippedPoint(point: Triple, { dims }: Grid, axis: Axis): Triple {
  const at: [number, number, number] = [...point];
  at[axis] = dims[axis] - 1 - at[axis];
  return at;
}
