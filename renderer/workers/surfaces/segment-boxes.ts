import type { Box } from '../../../core/imaging/box.ts';

type Triple = readonly [number, number, number];

/** First and last voxel along i, j, k. */
export interface Extent {
  readonly first: [number, number, number];
  readonly last: [number, number, number];
}

/**
 * A box around each segment of a label map, found in one pass and kept while parts of the map are written anew. It may be too large after that,
 * never too small.
 */
export class SegmentBoxes {
  readonly #boxes: (Extent | undefined)[] = [];

  constructor(voxels: Uint8Array, dims: Triple) {
    this.written(voxels, { start: [0, 0, 0], size: dims });
  }

  of(value: number): Extent | undefined {
    return this.#boxes[value];
  }

  /** @param voxels of the box, i fastest */
  written(voxels: Uint8Array, { start: [i0, j0, k0], size: [nx, ny, nz] }: Box): void {
    for (let k = k0, at = 0; k < k0 + nz; k++)
      for (let j = j0; j < j0 + ny; j++)
        for (let i = i0; i < i0 + nx; i++, at++) {
          const value = voxels[at] as number;
          if (value !== 0) this.#reach(value, i, j, k);
        }
  }

  #reach(value: number, i: number, j: number, k: number): void {
    const { first, last } = (this.#boxes[value] ??= { first: [i, j, k], last: [i, j, k] });
    if (i < first[0]) first[0] = i;
    if (i > last[0]) last[0] = i;
    if (j < first[1]) first[1] = j;
    if (j > last[1]) last[1] = j;
    if (k < first[2]) first[2] = k;
    if (k > last[2]) last[2] = k;
  }
}
