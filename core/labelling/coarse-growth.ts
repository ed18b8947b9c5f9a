import { voxelCount, type Triple } from '../imaging/volume.ts';
import type { LabelArray } from './label-delta.ts';
import { CLOSED, SeedFronts } from './seed-fronts.ts';

/**
 * Growth in cells of several voxels. Cells whose neighbours all went to the same seed are settled; the rest, around borders, walls and seeds of
 * different values, is left to be grown voxel by voxel. So large boxes take little more time than small ones.
 */
export class CoarseGrowth {
  /** The value of each settled cell, 0 for others; i fastest, with a rim of one cell. */
  settled: LabelArray;
  readonly #cell: Triple;
  readonly #voxels: Triple;
  readonly #size: Triple;
  /** What each voxel along an axis adds to the number of its cell. */
  readonly #cellsAlong: readonly [Int32Array, Int32Array, Int32Array];
  readonly #levels: Uint8Array;
  readonly #fronts: SeedFronts;
  /** The seed in each cell: a value, CLOSED where there is a wall, and MIXED where voxels must decide. */
  readonly #seeds: Int32Array;

  /**
   * @param levels of the scan in a box with a rim of one voxel
   * @param voxels of that box along each axis
   * @param cell voxels of a cell along each axis
   * @param like tells the type of label maps
   */
  constructor(levels: Uint8Array, voxels: Triple, spacing: Triple, cell: Triple, like: LabelArray) {
    [this.#cell, this.#voxels] = [cell, voxels];
    const cells = (axis: 0 | 1 | 2): number => Math.ceil((voxels[axis] - 2) / cell[axis]) + 2;
    this.#size = [cells(0), cells(1), cells(2)];
    const along = (axis: 0 | 1 | 2, stride: number): Int32Array =>
      Int32Array.from({ length: voxels[axis] }, (_, n) => Math.ceil(n / cell[axis]) * stride);
    this.#cellsAlong = [along(0, 1), along(1, this.#size[0]), along(2, this.#size[0] * this.#size[1])];
    const length = voxelCount(this.#size);
    const zeros = (): LabelArray => (like instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length));
    const edges: Triple = [spacing[0] * cell[0], spacing[1] * cell[1], spacing[2] * cell[2]];
    this.#levels = this.#means(levels);
    this.#fronts = new SeedFronts(this.#levels, zeros(), this.#size, edges);
    this.#seeds = new Int32Array(length);
    this.settled = zeros();
  }

  /** The cell of a voxel (i, j, k) of the box. */
  cellOf(i: number, j: number, k: number): number {
    const [alongI, alongJ, alongK] = this.#cellsAlong;
    return (alongI[i] as number) + (alongJ[j] as number) + (alongK[k] as number);
  }

  /** The voxels (i, j, k) of a cell: its first, and how many along each axis. */
  voxelsOf(cell: number): { first: Triple; count: Triple } {
    const [nx, ny] = this.#size;
    const place: Triple = [cell % nx, Math.floor(cell / nx) % ny, Math.floor(cell / (nx * ny))];
    const first = (axis: 0 | 1 | 2): number => (place[axis] - 1) * this.#cell[axis] + 1;
    const count = (axis: 0 | 1 | 2): number => Math.min(this.#cell[axis], this.#voxels[axis] - 1 - first(axis));
    return { first: [first(0), first(1), first(2)], count: [count(0), count(1), count(2)] };
  }

  /**
   * Takes in the seed (or CLOSED) of a voxel of a cell. A voxel that looks unlike its cell (a seed at the edge of an organ, or in something thin)
   * does not speak for it: the cell is left to be grown voxel by voxel.
   */
  note(cell: number, value: number, level: number): void {
    const seeds = this.#seeds;
    const present = seeds[cell] as number;
    const other = present & VALUE;
    if (present === CLOSED || value === CLOSED) seeds[cell] = CLOSED;
    else if (Math.abs(level - (this.#levels[cell] as number)) > ALIKE) seeds[cell] = present | MIXED;
    else if (other === 0) seeds[cell] = present | value;
    else if (other !== value) seeds[cell] = Math.min(other, value) | MIXED;
  }

  /** Grows from all seeds that were noted. */
  begin(): void {
    for (let cell = 0; cell < this.#seeds.length; cell++) if (this.#seedOf(cell) !== 0) this.#fronts.fix(cell, this.#seedOf(cell));
    this.#fronts.spreadAll();
    this.#settle();
  }

  /**
   * Grows on after seeds of some cells changed.
   * @param noteAgain notes all seeds of a cell
   * @returns those cells and all others that settled otherwise
   */
  change(cells: ReadonlySet<number>, noteAgain: (cell: number) => void): Set<number> {
    for (const cell of cells) {
      this.#seeds[cell] = 0;
      noteAgain(cell);
    }
    const changed = [...cells].filter((cell) => this.#fronts.fixed(cell) !== this.#seedOf(cell));
    this.#fronts.change(
      changed,
      changed.map((cell) => this.#seedOf(cell)),
    );
    const before = this.settled.slice();
    this.#settle();
    const others = new Set(cells);
    for (let cell = 0; cell < before.length; cell++) if (before[cell] !== this.settled[cell]) others.add(cell);
    return others;
  }

  #seedOf(cell: number): number {
    const seed = this.#seeds[cell] as number;
    return seed === CLOSED ? CLOSED : seed & VALUE;
  }

  #settle(): void {
    const [nx, ny, nz] = this.#size;
    const { labels } = this.#fronts;
    for (let k = 1; k < nz - 1; k++)
      for (let j = 1; j < ny - 1; j++)
        for (let i = 1, cell = 1 + nx * (j + ny * k); i < nx - 1; i++, cell++) {
          const label = labels[cell] as number;
          const border =
            ((this.#seeds[cell] as number) & MIXED) !== 0 ||
            (i > 1 && labels[cell - 1] !== label) ||
            (i < nx - 2 && labels[cell + 1] !== label) ||
            (j > 1 && labels[cell - nx] !== label) ||
            (j < ny - 2 && labels[cell + nx] !== label) ||
            (k > 1 && labels[cell - nx * ny] !== label) ||
            (k < nz - 2 && labels[cell + nx * ny] !== label);
          this.settled[cell] = border ? 0 : label;
        }
  }

  /** The mean level of each cell. */
  #means(levels: Uint8Array): Uint8Array {
    const [nx, ny, nz] = this.#voxels;
    const sums = new Uint32Array(voxelCount(this.#size));
    const counts = new Uint16Array(sums.length);
    const [along] = this.#cellsAlong;
    for (let k = 1; k < nz - 1; k++)
      for (let j = 1; j < ny - 1; j++) {
        const row = this.cellOf(0, j, k);
        const first = nx * (j + ny * k);
        for (let i = 1; i < nx - 1; i++) {
          const cell = row + (along[i] as number);
          sums[cell] = (sums[cell] as number) + (levels[first + i] as number);
          counts[cell] = (counts[cell] as number) + 1;
        }
      }
    return Uint8Array.from(sums, (sum, cell) => Math.round(sum / Math.max(1, counts[cell] as number)));
  }
}

/** Levels (of 256) by which voxels of one tissue may differ. */
const ALIKE = 32;
const VALUE = 0xffff;
const MIXED = 0x10000;
