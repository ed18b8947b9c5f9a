import type { Geometry, Triple, VoxelArray } from '../../core/imaging/volume.ts';
import { probeGpu } from './gpu.ts';
import { levelGeometry, voxelCount, type Axis } from './grid.ts';
import type { VolumeLevel } from './volume-image.ts';

/** How large a 3-D texture may be. */
export interface TextureLimits {
  /** Voxels on the longest side. */
  readonly side: number;
  readonly voxels: number;
}

/** How many voxels along i, j, k become one so that a volume fits; the finest spacing gives way first. */
export function fittingFactors({ dims, spacing }: Geometry, limits: TextureLimits): Triple {
  const factors: [number, number, number] = [1, 1, 1];
  const size = (axis: Axis): number => Math.ceil(dims[axis] / factors[axis]);
  const axes = [0, 1, 2] as const;
  for (;;) {
    const tooLong = axes.filter((axis) => size(axis) > limits.side);
    const candidates = tooLong.length > 0 ? tooLong : axes.filter((axis) => size(axis) > 1);
    if (tooLong.length === 0 && size(0) * size(1) * size(2) <= limits.voxels) return factors;
    const finest = candidates.reduce((a, b) => (spacing[b] * factors[b] < spacing[a] * factors[a] ? b : a));
    factors[finest]++;
  }
}

/** As many voxels of a level as this machine draws at once. @param signal ends the work: undefined then */
export async function drawableLevel(
  level: VolumeLevel,
  limits: { readonly software: TextureLimits; readonly gpu: TextureLimits },
  signal: AbortSignal,
): Promise<VolumeLevel | undefined> {
  const gpu = probeGpu();
  const { side, voxels } = gpu?.software === false ? limits.gpu : limits.software;
  return reduceVolume(level, fittingFactors(level.geometry, { side: Math.min(side, gpu?.maxTexture3D ?? side), voxels }), signal);
}

/** Work is put down this often, in ms, so that the page goes on answering. */
const BREATH = 12;

/** The mean of each block of voxels, in the stored type. The level itself when all factors are 1. @param signal ends the work: undefined then */
export async function reduceVolume(level: VolumeLevel, factors: Triple, signal: AbortSignal): Promise<VolumeLevel | undefined> {
  if (factors.every((factor) => factor === 1)) return level;
  const { geometry, voxels } = level;
  const size = (axis: Axis): number => Math.ceil(geometry.dims[axis] / factors[axis]);
  const dims: Triple = [size(0), size(1), size(2)];
  const out = arrayLike(voxels, voxelCount(dims));
  let began = performance.now();
  for (let k = 0; k < dims[2]; k++) {
    reduceSlice(out, voxels, geometry.dims, dims, factors, k);
    if (performance.now() - began < BREATH) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    began = performance.now();
  }
  const { spacing } = geometry;
  const wider: Triple = [spacing[0] * factors[0], spacing[1] * factors[1], spacing[2] * factors[2]];
  return { geometry: levelGeometry(geometry, dims, wider), voxels: out };
}

function reduceSlice(out: VoxelArray, voxels: VoxelArray, full: Triple, dims: Triple, factors: Triple, k: number): void {
  const whole = !(voxels instanceof Float32Array || voxels instanceof Float64Array);
  const lastZ = Math.min(full[2], (k + 1) * factors[2]);
  for (let j = 0, at = k * dims[0] * dims[1]; j < dims[1]; j++) {
    const lastY = Math.min(full[1], (j + 1) * factors[1]);
    for (let i = 0; i < dims[0]; i++, at++) {
      const lastX = Math.min(full[0], (i + 1) * factors[0]);
      let sum = 0;
      let count = 0;
      for (let z = k * factors[2]; z < lastZ; z++)
        for (let y = j * factors[1]; y < lastY; y++) {
          const row = full[0] * (y + full[1] * z);
          for (let x = i * factors[0]; x < lastX; x++, count++) sum += voxels[row + x] as number;
        }
      out[at] = whole ? Math.round(sum / count) : sum / count;
    }
  }
}

function arrayLike(voxels: VoxelArray, length: number): VoxelArray {
  const Type = voxels.constructor as new (length: number) => VoxelArray;
  return new Type(length);
}

/** A level as bytes: 0 at the stored value `low` and below, 255 at `high` and above. @param signal ends the work: undefined then */
export async function volumeBytes(level: VolumeLevel, low: number, high: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { voxels } = level;
  const out = new Uint8ClampedArray(voxels.length);
  const scale = 255 / (high - low);
  let began = performance.now();
  for (let at = 0; at < voxels.length;) {
    const end = Math.min(voxels.length, at + 2 ** 20);
    for (; at < end; at++) out[at] = ((voxels[at] as number) - low) * scale;
    if (performance.now() - began < BREATH) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    began = performance.now();
  }
  return new Uint8Array(out.buffer);
}
