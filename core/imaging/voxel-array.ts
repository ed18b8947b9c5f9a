import type { VoxelArray } from './volume.ts';

/** An array of zeros of the same element type. */
export function emptyLike(voxels: VoxelArray, length: number): VoxelArray {
  if (voxels instanceof Uint8Array) return new Uint8Array(length);
  if (voxels instanceof Int8Array) return new Int8Array(length);
  if (voxels instanceof Int16Array) return new Int16Array(length);
  if (voxels instanceof Uint16Array) return new Uint16Array(length);
  if (voxels instanceof Int32Array) return new Int32Array(length);
  if (voxels instanceof Uint32Array) return new Uint32Array(length);
  if (voxels instanceof Float32Array) return new Float32Array(length);
  return new Float64Array(length);
}

export function isFloating(voxels: VoxelArray): voxels is Float32Array | Float64Array {
  return voxels instanceof Float32Array || voxels instanceof Float64Array;
}

/** How many voxels are NaN or infinite. */
export function countNonFinite(voxels: VoxelArray): number {
  if (!isFloating(voxels)) return 0;
  let count = 0;
  for (let i = 0; i < voxels.length; i++) if (!Number.isFinite(voxels[i])) count++;
  return count;
}
