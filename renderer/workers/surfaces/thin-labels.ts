type Triple = readonly [number, number, number];

export interface ThinLabels {
  readonly voxels: Uint8Array;
  readonly dims: Triple;
  /** Voxels of the full map to one here, along i, j, k. */
  readonly factors: Triple;
}

/**
 * A smaller copy of a label map for surfaces: every n-th voxel, the one in the middle of its block, as many as keep the voxels at most
 * `millimetres` wide. A surface is smoothed further than this anyway, and a thin slice of a scan has millions of triangles too many.
 */
export function thinLabels(voxels: Uint8Array, dims: Triple, spacing: Triple, millimetres: number): ThinLabels {
  const factor = (axis: 0 | 1 | 2): number => Math.max(1, Math.floor(millimetres / spacing[axis] + 1e-6));
  const factors: Triple = [factor(0), factor(1), factor(2)];
  const size = (axis: 0 | 1 | 2): number => Math.ceil(dims[axis] / factors[axis]);
  const thin: Triple = [size(0), size(1), size(2)];
  const middle = (n: number, axis: 0 | 1 | 2): number => Math.min(dims[axis] - 1, n * factors[axis] + (factors[axis] >> 1));
  const out = new Uint8Array(thin[0] * thin[1] * thin[2]);
  let at = 0;
  for (let k = 0; k < thin[2]; k++)
    for (let j = 0; j < thin[1]; j++) {
      const row = dims[0] * (middle(j, 1) + dims[1] * middle(k, 2));
      for (let i = 0; i < thin[0]; i++) out[at++] = voxels[row + middle(i, 0)] as number;
    }
  return { voxels: out, dims: thin, factors };
}
