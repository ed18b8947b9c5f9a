import { indexToPoint } from './geometry.ts';
import { indexIJK, voxelCount, type Geometry, type Triple, type Volume } from './volume.ts';
import { emptyLike } from './voxel-array.ts';

/** A box of whole voxels. `start` may be negative and `start + size` beyond the grid where that is said. */
export interface Box {
  readonly start: Triple;
  readonly size: Triple;
}

/**
 * The voxels of a box, in the same stored type; the geometry follows. Parts of the box outside the volume are filled with
 * `outside`, a physical value, so one call crops and pads.
 */
export function cutBox(volume: Volume, box: Box, outside = 0): Volume {
  const { dims } = volume.geometry;
  const { start, size } = box;
  const voxels = emptyLike(volume.voxels, voxelCount(size));
  const fill = (outside - volume.intercept) / volume.slope;
  if (fill !== 0 && !isInside(box, dims)) voxels.fill(fill);

  const from = (axis: 0 | 1 | 2): number => Math.max(0, -start[axis]);
  const to = (axis: 0 | 1 | 2): number => Math.min(size[axis], dims[axis] - start[axis]);
  if (from(0) < to(0)) {
    for (let k = from(2); k < to(2); k++) {
      for (let j = from(1); j < to(1); j++) {
        const row = start[0] + dims[0] * (start[1] + j + dims[1] * (start[2] + k));
        voxels.set(volume.voxels.subarray(row + from(0), row + to(0)), from(0) + size[0] * (j + size[1] * k));
      }
    }
  }
  return { ...volume, voxels, geometry: boxGeometry(volume.geometry, box) };
}

/** The grid of a box of a grid. */
export function boxGeometry(geometry: Geometry, { start, size }: Box): Geometry {
  return { ...geometry, dims: size, origin: indexToPoint(geometry, indexIJK(...start)) };
}

/** The volume with at least `size` voxels an axis: half of what is missing before, the odd voxel after (method 9.2). */
export function padToSize(volume: Volume, size: Triple, outside = 0): Volume {
  const { dims } = volume.geometry;
  const missing = (axis: 0 | 1 | 2): number => Math.max(0, size[axis] - dims[axis]);
  const total: Triple = [missing(0), missing(1), missing(2)];
  if (total.every((n) => n === 0)) return volume;
  const before = (axis: 0 | 1 | 2): number => (total[axis] === 0 ? 0 : -Math.floor(total[axis] / 2));
  return cutBox(
    volume,
    { start: [before(0), before(1), before(2)], size: [dims[0] + total[0], dims[1] + total[1], dims[2] + total[2]] },
    outside,
  );
}

function isInside({ start, size }: Box, dims: Triple): boolean {
  return start.every((s, axis) => s >= 0 && s + (size[axis] ?? 0) <= (dims[axis] ?? 0));
}
