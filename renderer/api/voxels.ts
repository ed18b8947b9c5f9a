import type { VoxelArray } from '../../core/imaging/volume.ts';
import type { StoredType } from './types.ts';

const KINDS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Raw little-endian bytes as voxels, without a copy. (Every machine a browser runs on is little-endian.) */
export function voxelsOf(type: StoredType, bytes: ArrayBuffer): VoxelArray {
  return new KINDS[type](bytes);
}
