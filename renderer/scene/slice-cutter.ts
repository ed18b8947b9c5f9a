import type { Box } from '../../core/imaging/box.ts';
import type { Triple, VoxelArray } from '../../core/imaging/volume.ts';
import type { Axis } from './grid.ts';

/** Slices across the rows that are cut together. */
const TOGETHER = 16;
const ROWS = 256;

/** Some neighbouring slices across the rows: slice `first` + s begins at s·lines. */
interface Block {
  readonly of: VoxelArray;
  readonly first: number;
  readonly voxels: VoxelArray;
}

/**
 * Copies single slices out of a volume. A slice across the rows (axis i) takes one voxel from each, and memory hands out whole lines of
 * voxels for it: so its neighbours, which will be asked for next, are taken along and kept.
 */
export class SliceCutter {
  #block: Block | undefined;

  /** @param out takes the slice in the order of its two axes, the lower one fastest @param components numbers a voxel */
  cut(out: Float32Array | Uint8Array, voxels: VoxelArray, [nx, ny, nz]: Triple, axis: Axis, slice: number, components = 1): void {
    const row = nx * components;
    if (axis === 2) out.set(voxels.subarray(slice * ny * row, (slice + 1) * ny * row));
    else if (axis === 1) {
      for (let k = 0; k < nz; k++) {
        const start = (slice + ny * k) * row;
        out.set(voxels.subarray(start, start + row), k * row);
      }
    } else if (components === 1) this.#cutAcrossRows(out, voxels, nx, ny * nz, slice);
    else
      for (let line = 0, at = 0; line < ny * nz; line++)
        for (let c = 0; c < components; c++) out[at++] = voxels[line * row + slice * components + c] as number;
  }

  /** The voxels were written in place, or are not needed any more. */
  forget(): void {
    this.#block = undefined;
  }

  /** As {@link forget}, where only the voxels of a box were written: what was kept is brought up to date. One number a voxel. */
  patch(voxels: VoxelArray, [nx, ny]: Triple, { start, size }: Box): void {
    const block = this.#block;
    if (block?.of !== voxels) return;
    const lines = block.voxels.length / TOGETHER;
    const [first, end] = [Math.max(start[0], block.first), Math.min(start[0] + size[0], block.first + TOGETHER)];
    for (let k = start[2]; k < start[2] + size[2]; k++)
      for (let j = start[1]; j < start[1] + size[1]; j++) {
        const line = j + ny * k;
        for (let i = first; i < end; i++) block.voxels[(i - block.first) * lines + line] = voxels[line * nx + i] as number;
      }
  }

  #cutAcrossRows(out: Float32Array | Uint8Array, voxels: VoxelArray, nx: number, lines: number, slice: number): void {
    const first = slice - (slice % TOGETHER);
    if (this.#block?.of !== voxels || this.#block.first !== first) {
      this.#block = { of: voxels, first, voxels: blockOf(voxels, nx, lines, first, this.#block?.voxels) };
    }
    const start = (slice - first) * lines;
    out.set(this.#block.voxels.subarray(start, start + lines));
  }
}

function blockOf(voxels: VoxelArray, nx: number, lines: number, first: number, reuse: VoxelArray | undefined): VoxelArray {
  const Type = voxels.constructor as new (length: number) => VoxelArray;
  const size = TOGETHER * lines;
  const block = reuse?.length === size && reuse instanceof Type ? reuse : new Type(size);
  const count = Math.min(TOGETHER, nx - first);
  // Some rows at a time, so that what was fetched for the first of the slices is still near for the last.
  for (let begin = 0; begin < lines; begin += ROWS) {
    const end = Math.min(lines, begin + ROWS);
    for (let s = 0; s < count; s++)
      for (let line = begin, from = begin * nx + first + s, to = s * lines + begin; line < end; line++, from += nx, to++)
        block[to] = voxels[from] as number;
  }
  return block;
}
