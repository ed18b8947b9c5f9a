import type { Box } from '../imaging/box.ts';
import { voxelCount, type Triple } from '../imaging/volume.ts';
import type { LabelArray } from './label-delta.ts';

/** The smallest box with all voxels of one value, or undefined when there is none. */
export function boxOfValue(labels: LabelArray, dims: Triple, value: number): Box | undefined {
  const [nx] = dims;
  const found = new Extent(dims);
  for (let at = labels.indexOf(value); at >= 0;) {
    const row = Math.floor(at / nx);
    let last = (row + 1) * nx - 1;
    while (labels[last] !== value) last--;
    found.addRow(row, at - row * nx, last - row * nx);
    at = labels.indexOf(value, (row + 1) * nx);
  }
  return found.box();
}

/** The smallest box with all voxels that are not 0, or undefined when there is none. */
export function boxOfLabels(labels: LabelArray, dims: Triple): Box | undefined {
  const [nx, ny, nz] = dims;
  const found = new Extent(dims);
  for (let row = 0; row < ny * nz; row++) {
    const end = (row + 1) * nx;
    let first = row * nx;
    while (first < end && labels[first] === 0) first++;
    if (first === end) continue;
    let last = end - 1;
    while (labels[last] === 0) last--;
    found.addRow(row, first - row * nx, last - row * nx);
  }
  return found.box();
}

/** The box with so many voxels more on either side of each axis, inside the grid. */
export function widenedBox({ start, size }: Box, by: Triple, dims: Triple): Box {
  const from = (axis: 0 | 1 | 2): number => Math.max(0, start[axis] - by[axis]);
  const to = (axis: 0 | 1 | 2): number => Math.min(dims[axis], start[axis] + size[axis] + by[axis]);
  return { start: [from(0), from(1), from(2)], size: [to(0) - from(0), to(1) - from(1), to(2) - from(2)] };
}

/** The smallest box that holds both. */
export function hull(a: Box, b: Box): Box {
  const from = (axis: 0 | 1 | 2): number => Math.min(a.start[axis], b.start[axis]);
  const size = (axis: 0 | 1 | 2): number => Math.max(a.start[axis] + a.size[axis], b.start[axis] + b.size[axis]) - from(axis);
  return { start: [from(0), from(1), from(2)], size: [size(0), size(1), size(2)] };
}

/** Whole voxels along each axis that reach at least so many millimetres. */
export function voxelsWithin(mm: number, spacing: Triple): Triple {
  return [Math.ceil(mm / spacing[0]), Math.ceil(mm / spacing[1]), Math.ceil(mm / spacing[2])];
}

/** 1 where the voxel of the box has the value, i fastest. The box may reach beyond the grid, where nothing has it. */
export function maskInBox(labels: LabelArray, dims: Triple, box: Box, value: number): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(voxelCount(box.size));
  eachRow(dims, box, (inGrid, inBox, length) => {
    for (let n = 0; n < length; n++) if (labels[inGrid + n] === value) mask[inBox + n] = 1;
  });
  return mask;
}

/** The labels of a box, which lies inside the grid. */
export function labelsInBox(labels: LabelArray, dims: Triple, box: Box): LabelArray {
  const cut = new (labels instanceof Uint8Array ? Uint8Array : Uint16Array)(voxelCount(box.size));
  eachRow(dims, box, (inGrid, inBox, length) => cut.set(labels.subarray(inGrid, inGrid + length), inBox));
  return cut;
}

/** Visits the part inside the grid of each row (along i) of a box: its first voxel in grid and box, and its length. In rising order. */
export function eachRow(dims: Triple, { start, size }: Box, visit: (inGrid: number, inBox: number, length: number) => void): void {
  const from = (axis: 0 | 1 | 2): number => Math.max(0, -start[axis]);
  const to = (axis: 0 | 1 | 2): number => Math.min(size[axis], dims[axis] - start[axis]);
  const length = to(0) - from(0);
  if (length <= 0) return;
  for (let k = from(2); k < to(2); k++)
    for (let j = from(1); j < to(1); j++) {
      const inGrid = start[0] + from(0) + dims[0] * (start[1] + j + dims[1] * (start[2] + k));
      visit(inGrid, from(0) + size[0] * (j + size[1] * k), length);
    }
}

/** The range of voxels met so far along each axis. */
class Extent {
  readonly #ny: number;
  readonly #low: [number, number, number] = [Infinity, Infinity, Infinity];
  readonly #high: [number, number, number] = [-1, -1, -1];

  constructor(dims: Triple) {
    this.#ny = dims[1];
  }

  addRow(row: number, first: number, last: number): void {
    const k = Math.floor(row / this.#ny);
    const j = row - k * this.#ny;
    this.#low[0] = Math.min(this.#low[0], first);
    this.#high[0] = Math.max(this.#high[0], last);
    this.#low[1] = Math.min(this.#low[1], j);
    this.#high[1] = Math.max(this.#high[1], j);
    this.#low[2] = Math.min(this.#low[2], k);
    this.#high[2] = k;
  }

  box(): Box | undefined {
    const [low, high] = [this.#low, this.#high];
    if (high[2] < 0) return undefined;
    return { start: [low[0], low[1], low[2]], size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] };
  }
}
