import type { Box } from '../imaging/box.ts';
import { voxelCount, type Triple } from '../imaging/volume.ts';
import { CoarseGrowth } from './coarse-growth.ts';
import { eachRow } from './label-box.ts';
import { RunList, type LabelArray, type LabelDelta } from './label-delta.ts';
import type { Grid, ScanValues } from './rules.ts';
import { scanLevels } from './scan-levels.ts';
import { CLOSED, SeedFronts } from './seed-fronts.ts';

/** Seeds of a label map growing in one box of it. */
export class SeedGrowth {
  /** The box with a rim of one voxel, which may lie beyond the grid. */
  readonly box: Box;
  readonly #grid: Grid;
  readonly #seeds: LabelArray;
  readonly #walls: ReadonlySet<number>;
  readonly #levels: Uint8Array;
  readonly #fronts: SeedFronts;
  readonly #coarse: CoarseGrowth | undefined;
  readonly #seedsOf = new Map<number, number>();

  /**
   * @param seeds on the whole grid; later changes are made there first
   * @param walls values that neither grow nor are grown into
   * @param cell voxels of a cell along each axis in which growth begins
   */
  constructor(values: ScanValues, grid: Grid, seeds: LabelArray, { start, size }: Box, walls: ReadonlySet<number>, cell: Triple) {
    [this.#grid, this.#seeds, this.#walls] = [grid, seeds, walls];
    this.box = { start: [start[0] - 1, start[1] - 1, start[2] - 1], size: [size[0] + 2, size[1] + 2, size[2] + 2] };
    const length = voxelCount(this.box.size);
    const labels = seeds instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length);
    const levels = scanLevels(values, grid, this.box);
    this.#levels = levels;
    this.#fronts = new SeedFronts(levels, labels, this.box.size, grid.spacing);
    this.#coarse = Math.max(...cell) > 1 ? new CoarseGrowth(levels, this.box.size, grid.spacing, cell, seeds) : undefined;

    const inside = { first: [1, 1, 1], count: size } as const;
    this.#eachVoxelIn(inside, (inBox, inGrid, i, j, k) => {
      const seed = this.#seedAt(inGrid);
      if (seed === 0) return;
      this.#coarse?.note(this.#coarse.cellOf(i, j, k), seed, levels[inBox] as number);
      this.#count(seeds[inGrid] as number, 1);
    });
    this.#coarse?.begin();
    this.#eachVoxelIn(inside, (inBox, inGrid, i, j, k) => {
      const seed = this.#seedAt(inGrid);
      const value = seed !== 0 || this.#coarse === undefined ? seed : (this.#coarse.settled[this.#coarse.cellOf(i, j, k)] as number);
      if (value !== 0) this.#fronts.fix(inBox, value);
    });
    this.#fronts.spreadAll();
  }

  /** The value that has each voxel of the box, 0 where none came. */
  get labels(): LabelArray {
    return this.#fronts.labels;
  }

  /** The values that grow, in rising order. */
  get values(): number[] {
    return [...this.#seedsOf].flatMap(([value, count]) => (count > 0 ? [value] : [])).sort((a, b) => a - b);
  }

  /** Whether every seed that a change sets lies inside the box. */
  holds({ runs }: LabelDelta): boolean {
    for (let r = 0; r < runs.length; r += 4) {
      if (runs[r + 3] === 0) continue;
      let inside = 0;
      this.#eachVoxel(runs[r] as number, runs[r + 1] as number, () => inside++);
      if (inside < (runs[r + 1] as number)) return false;
    }
    return true;
  }

  /** Takes in seeds that were changed. */
  change({ runs }: LabelDelta): void {
    const voxels: number[] = [];
    const values: number[] = [];
    const renew = (inBox: number, inGrid: number, settled: number): void => {
      const seed = this.#seedAt(inGrid);
      const value = seed === 0 ? settled : seed;
      if (value === this.#fronts.fixed(inBox)) return;
      voxels.push(inBox);
      values.push(value);
    };
    const coarse = this.#coarse;
    const cells = new Set<number>();
    for (let r = 0; r < runs.length; r += 4)
      this.#eachVoxel(runs[r] as number, runs[r + 1] as number, (inBox, inGrid, i, j, k) => {
        this.#count(runs[r + 2] as number, -1);
        this.#count(runs[r + 3] as number, 1);
        if (coarse === undefined) renew(inBox, inGrid, 0);
        else cells.add(coarse.cellOf(i, j, k));
      });
    if (coarse !== undefined) {
      const changed = coarse.change(cells, (cell) =>
        this.#eachVoxelIn(coarse.voxelsOf(cell), (inBox, inGrid) => {
          const seed = this.#seedAt(inGrid);
          if (seed !== 0) coarse.note(cell, seed, this.#levels[inBox] as number);
        }),
      );
      for (const cell of changed)
        this.#eachVoxelIn(coarse.voxelsOf(cell), (inBox, inGrid) => renew(inBox, inGrid, coarse.settled[cell] as number));
    }
    this.#fronts.change(voxels, values);
  }

  /** Brings a preview on the whole grid up to date and tells what changed. */
  show(preview: LabelArray, background: number | undefined): LabelDelta {
    const runs = new RunList();
    const { labels } = this.#fronts;
    eachRow(this.#grid.dims, this.box, (inGrid, inBox, length) => {
      for (let n = 0; n < length; n++) {
        const [value, before] = [labels[inBox + n] as number, preview[inGrid + n] as number];
        const after = value === background ? 0 : value;
        if (after === before) continue;
        runs.add(inGrid + n, before, after);
        preview[inGrid + n] = after;
      }
    });
    return runs.delta();
  }

  /** The seed at a voxel of the grid, CLOSED for a wall. */
  #seedAt(inGrid: number): number {
    const seed = this.#seeds[inGrid] as number;
    return seed !== 0 && this.#walls.has(seed) ? CLOSED : seed;
  }

  #count(value: number, by: 1 | -1): void {
    if (value !== 0 && !this.#walls.has(value)) this.#seedsOf.set(value, (this.#seedsOf.get(value) ?? 0) + by);
  }

  /** Visits the voxels of a run of the grid that lie in the box but not in its rim. */
  #eachVoxel(start: number, length: number, visit: Visit): void {
    const [nx, ny] = this.#grid.dims;
    const { start: corner, size } = this.box;
    for (let at = start, end = start + length; at < end;) {
      const row = Math.floor(at / nx);
      const [first, stop] = [at - row * nx, Math.min(end - row * nx, nx)];
      const [j, k] = [(row % ny) - corner[1], Math.floor(row / ny) - corner[2]];
      if (j > 0 && j < size[1] - 1 && k > 0 && k < size[2] - 1) {
        const from = Math.max(first - corner[0], 1);
        const count = Math.min(stop - corner[0], size[0] - 1) - from;
        if (count > 0) this.#eachVoxelIn({ first: [from, j, k], count: [count, 1, 1] }, visit);
      }
      at = row * nx + stop;
    }
  }

  /** Visits some voxels of the box, none of them in its rim. */
  #eachVoxelIn({ first, count }: { first: Triple; count: Triple }, visit: Visit): void {
    const [nx, ny] = this.#grid.dims;
    const { start: corner, size } = this.box;
    for (let k = first[2]; k < first[2] + count[2]; k++)
      for (let j = first[1]; j < first[1] + count[1]; j++) {
        const inBox = size[0] * (j + size[1] * k);
        const inGrid = corner[0] + nx * (corner[1] + j + ny * (corner[2] + k));
        for (let i = first[0]; i < first[0] + count[0]; i++) visit(inBox + i, inGrid + i, i, j, k);
      }
  }
}

/** A voxel by its place in box and grid, and by its position in the box. */
type Visit = (inBox: number, inGrid: number, i: number, j: number, k: number) => void;
