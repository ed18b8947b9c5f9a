import type { Affine } from './affine.ts';
import type { Border } from './axis-weights.ts';
import { voxelCount, type Triple, type Volume, type VoxelArray } from './volume.ts';
import { emptyLike } from './voxel-array.ts';

/**
 * Trilinear values at the voxels of a grid in general position.
 * @param values source values of `sourceDims`, i fastest.
 * @param toSource from a voxel of the result to a (fractional) voxel of the source.
 */
export function gatherLinear(values: Float32Array, sourceDims: Triple, dims: Triple, toSource: Affine, border: Border): Float32Array {
  const [nx, ny, nz] = sourceDims;
  const constant = border === 'replicate' ? undefined : border.constant;
  const out = new Float32Array(voxelCount(dims));

  const voxel = (i: number, j: number, k: number): number => {
    if (constant !== undefined && (i < 0 || i >= nx || j < 0 || j >= ny || k < 0 || k >= nz)) return constant;
    return values[clamp(i, nx) + nx * (clamp(j, ny) + ny * clamp(k, nz))] as number;
  };
  forEachPosition(dims, toSource, (at, x, y, z) => {
    const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
    const [u, v, w] = [x - i, y - j, z - k];
    const along = (jj: number, kk: number): number => (1 - u) * voxel(i, jj, kk) + u * voxel(i + 1, jj, kk);
    out[at] = (1 - w) * ((1 - v) * along(j, k) + v * along(j + 1, k)) + w * ((1 - v) * along(j, k + 1) + v * along(j + 1, k + 1));
  });
  return out;
}

/** As {@link gatherLinear}, the stored value of the nearest voxel; `constant` (a stored value) outside, or the edge voxel when undefined. */
export function gatherNearest(volume: Volume, dims: Triple, toSource: Affine, constant: number | undefined): VoxelArray {
  const [nx, ny, nz] = volume.geometry.dims;
  const { voxels } = volume;
  const out = emptyLike(voxels, voxelCount(dims));
  forEachPosition(dims, toSource, (at, x, y, z) => {
    const [i, j, k] = [nearest(x), nearest(y), nearest(z)];
    const outside = i < 0 || i >= nx || j < 0 || j >= ny || k < 0 || k >= nz;
    out[at] = outside && constant !== undefined ? constant : (voxels[clamp(i, nx) + nx * (clamp(j, ny) + ny * clamp(k, nz))] as number);
  });
  return out;
}

const clamp = (index: number, n: number): number => (index < 0 ? 0 : index >= n ? n - 1 : index);
const nearest = (position: number): number => Math.floor(position + 0.5 + 1e-6);

function forEachPosition(dims: Triple, m: Affine, visit: (at: number, x: number, y: number, z: number) => void): void {
  const [[xi, xj, xk, x0], [yi, yj, yk, y0], [zi, zj, zk, z0]] = m;
  let at = 0;
  for (let k = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      const [x, y, z] = [x0 + xj * j + xk * k, y0 + yj * j + yk * k, z0 + zj * j + zk * k];
      for (let i = 0; i < dims[0]; i++) visit(at++, x + xi * i, y + yi * i, z + zi * i);
    }
  }
}
