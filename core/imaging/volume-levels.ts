import { setImmediate as nextTurn } from 'node:timers/promises';
import { silentTask, throwIfCancelled, type Task } from '../base/task.ts';
import { indexToPoint } from './geometry.ts';
import { indexIJK, voxelCount, type Geometry, type Triple, type Volume, type VoxelArray } from './volume.ts';
import { emptyLike, isFloating } from './voxel-array.ts';

/** Axes with more voxels are halved once more. */
export const COARSEST_SIDE = 64;

export interface VolumeLevels {
  /** Smallest and largest stored value; NaN and infinities do not count. Both 0 where nothing else is there. */
  readonly range: readonly [number, number];
  /** Coarser copies in the stored type, the finest first; none for a volume that is small itself. */
  readonly levels: readonly Volume[];
}

/**
 * Copies of a volume for a first look: each has half the voxels of the one before along every axis that is longer than
 * {@link COARSEST_SIDE}, an odd last voxel standing for itself. A voxel is the mean of those that it covers (whole numbers rounded); its
 * centre is theirs.
 * @throws TesseraError `cancelled`
 */
export async function volumeLevels(volume: Volume, task: Task = silentTask): Promise<VolumeLevels> {
  const levels: Volume[] = [];
  const range = rangeOf(volume.voxels);
  for (let finer = volume; ;) {
    const geometry = halvedGeometry(finer.geometry);
    if (geometry === undefined) return { range, levels };
    const voxels = emptyLike(finer.voxels, voxelCount(geometry.dims));
    for (let k = 0; k < geometry.dims[2]; k++) {
      averageSlice(finer.voxels, finer.geometry.dims, voxels, geometry.dims, k);
      if (k % 16 !== 0) continue;
      throwIfCancelled(task);
      task.progress({ stage: 'coarser levels', done: k, total: geometry.dims[2] });
      await nextTurn();
    }
    finer = { ...volume, geometry, voxels };
    levels.push(finer);
  }
}

/** The grid of the next coarser level; undefined when no axis is too long. */
function halvedGeometry(geometry: Geometry): Geometry | undefined {
  const factor = (axis: 0 | 1 | 2): number => (geometry.dims[axis] > COARSEST_SIDE ? 2 : 1);
  const f: Triple = [factor(0), factor(1), factor(2)];
  if (f.every((n) => n === 1)) return undefined;
  const { dims, spacing: s } = geometry;
  return {
    ...geometry,
    dims: [Math.ceil(dims[0] / f[0]), Math.ceil(dims[1] / f[1]), Math.ceil(dims[2] / f[2])],
    spacing: [s[0] * f[0], s[1] * f[1], s[2] * f[2]],
    // The middle of the first voxels that make up the first coarse one.
    origin: indexToPoint(geometry, indexIJK((f[0] - 1) / 2, (f[1] - 1) / 2, (f[2] - 1) / 2)),
  };
}

function rangeOf(voxels: VoxelArray): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  const floating = isFloating(voxels);
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] as number;
    if (floating && !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** One slice of a coarse level. */
function averageSlice(from: VoxelArray, [nx, ny, nz]: Triple, to: VoxelArray, [mx, my, mz]: Triple, slice: number): void {
  const [fx, fy, fz] = [nx > mx ? 2 : 1, ny > my ? 2 : 1, nz > mz ? 2 : 1];
  const sum = new Float64Array(mx);
  const count = new Uint8Array(mx);
  const whole = !isFloating(from);
  for (let j = 0; j < my; j++) {
    sum.fill(0);
    count.fill(0);
    const [kEnd, jEnd] = [Math.min(nz, fz * slice + fz), Math.min(ny, fy * j + fy)];
    for (let k = fz * slice; k < kEnd; k++)
      for (let jj = fy * j; jj < jEnd; jj++) {
        const row = nx * (jj + ny * k);
        if (whole) addWhole(from, row, nx, fx, sum);
        else addFinite(from, row, nx, fx, sum, count);
      }
    const at = mx * (j + my * slice);
    const rows = (kEnd - fz * slice) * (jEnd - fy * j);
    for (let i = 0; i < mx; i++) {
      if (whole) to[at + i] = Math.round((sum[i] as number) / (rows * (fx * i + fx <= nx ? fx : 1)));
      else to[at + i] = (sum[i] as number) / (count[i] as number);
    }
  }
}

function addWhole(from: VoxelArray, row: number, n: number, factor: number, sum: Float64Array): void {
  if (factor === 1) {
    for (let i = 0; i < n; i++) sum[i] = (sum[i] as number) + (from[row + i] as number);
    return;
  }
  const pairs = n >> 1;
  for (let i = 0, at = row; i < pairs; i++, at += 2) sum[i] = (sum[i] as number) + (from[at] as number) + (from[at + 1] as number);
  if (2 * pairs < n) sum[pairs] = (sum[pairs] as number) + (from[row + n - 1] as number);
}

/** NaN and infinities are passed over; where there is nothing else the mean is NaN. */
function addFinite(from: VoxelArray, row: number, n: number, factor: number, sum: Float64Array, count: Uint8Array): void {
  for (let i = 0; i < n; i++) {
    const value = from[row + i] as number;
    if (!Number.isFinite(value)) continue;
    const to = factor === 1 ? i : i >> 1;
    sum[to] = (sum[to] as number) + value;
    count[to] = (count[to] as number) + 1;
  }
}
