import type { Box } from '../../../core/imaging/box.ts';

type Triple = readonly [number, number, number];

/** A coarser grid over a label map: every n-th voxel along each axis, the one in the middle of its block. */
export interface ThinGrid {
  readonly dims: Triple;
  /** Voxels of the full map to one here, along i, j, k. */
  readonly factors: Triple;
}

/**
 * The grid on which surfaces are made: as coarse as keeps the voxels at most `millimetres` wide. A surface is smoothed further than this
 * anyway, and a thin slice of a scan has millions of triangles too many.
 */
export function thinGrid(dims: Triple, spacing: Triple, millimetres: number): ThinGrid {
  const factor = (axis: 0 | 1 | 2): number => Math.max(1, Math.floor(millimetres / spacing[axis] + 1e-6));
  const factors: Triple = [factor(0), factor(1), factor(2)];
  const size = (axis: 0 | 1 | 2): number => Math.ceil(dims[axis] / factors[axis]);
  return { dims: [size(0), size(1), size(2)], factors };
}

/** The voxels of the coarser grid that may change with a box of the full one: those whose blocks it touches. */
export function thinBox({ start, size }: Box, { factors }: ThinGrid): Box {
  const first = (axis: 0 | 1 | 2): number => Math.floor(start[axis] / factors[axis]);
  const count = (axis: 0 | 1 | 2): number => Math.ceil((start[axis] + size[axis]) / factors[axis]) - first(axis);
  return { start: [first(0), first(1), first(2)], size: [count(0), count(1), count(2)] };
}

/** The voxels of a box of the coarser grid. @param dims of the full map */
export function thinVoxels(voxels: Uint8Array, dims: Triple, { factors }: ThinGrid, { start, size }: Box): Uint8Array {
  const middles = (axis: 0 | 1 | 2): Uint32Array =>
    Uint32Array.from({ length: size[axis] }, (_, n) => Math.min(dims[axis] - 1, (start[axis] + n) * factors[axis] + (factors[axis] >> 1)));
  const [across, rows, slices] = [middles(0), middles(1), middles(2)];
  const out = new Uint8Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (const k of slices)
    for (const j of rows) {
      const row = dims[0] * (j + dims[1] * k);
      for (let i = 0; i < across.length; i++) out[at++] = voxels[row + (across[i] as number)] as number;
    }
  return out;
}
