import type { Box } from '../imaging/box.ts';
import { voxelCount } from '../imaging/volume.ts';
import { eachRow } from './label-box.ts';
import { RunList, type LabelArray, type LabelDelta } from './label-delta.ts';
import type { Grid, ScanValues } from './rules.ts';
import { scanLevels } from './scan-levels.ts';
import { SeedFronts } from './seed-fronts.ts';

/** Seeds of a label map growing in one box of it. */
export class SeedGrowth {
  /** The box with a rim of one voxel, which may lie beyond the grid. */
  readonly box: Box;
  readonly #grid: Grid;
  readonly #walls: ReadonlySet<number>;
  readonly #fronts: SeedFronts;
  readonly #seedsOf = new Map<number, number>();

  /** @param seeds on the whole grid; @param walls values that neither grow nor are grown into */
  constructor(values: ScanValues, grid: Grid, seeds: LabelArray, { start, size }: Box, walls: ReadonlySet<number>) {
    [this.#grid, this.#walls] = [grid, walls];
    this.box = { start: [start[0] - 1, start[1] - 1, start[2] - 1], size: [size[0] + 2, size[1] + 2, size[2] + 2] };
    const length = voxelCount(this.box.size);
    const labels = seeds instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length);
    this.#fronts = new SeedFronts(scanLevels(values, grid, this.box), labels, this.box.size, grid.spacing);
    eachRow(grid.dims, { start, size }, (inGrid, inInner, count) => {
      const inBox = this.#rowInBox(inInner, { start, size });
      for (let n = 0; n < count; n++) {
        const value = seeds[inGrid + n] as number;
        if (value !== 0) this.#place(inBox + n, value);
      }
    });
    this.#fronts.spread();
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

  /** Takes in changed seeds. */
  change({ runs }: LabelDelta): void {
    const gone: number[] = [];
    for (let r = 0; r < runs.length; r += 4) {
      const before = runs[r + 2] as number;
      if (before === 0) continue;
      this.#eachVoxel(runs[r] as number, runs[r + 1] as number, (voxel) => {
        gone.push(voxel);
        this.#count(before, -1);
      });
    }
    // A wall goes up where something may have grown.
    for (let r = 0; r < runs.length; r += 4)
      if (this.#walls.has(runs[r + 3] as number)) this.#eachVoxel(runs[r] as number, runs[r + 1] as number, (voxel) => gone.push(voxel));
    this.#fronts.free(gone);
    for (let r = 0; r < runs.length; r += 4) {
      const after = runs[r + 3] as number;
      if (after !== 0) this.#eachVoxel(runs[r] as number, runs[r + 1] as number, (voxel) => this.#place(voxel, after));
    }
    this.#fronts.spread();
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

  #place(voxel: number, value: number): void {
    if (this.#walls.has(value)) this.#fronts.close(voxel);
    else {
      this.#fronts.seed(voxel, value);
      this.#count(value, 1);
    }
  }

  #count(value: number, by: 1 | -1): void {
    if (!this.#walls.has(value)) this.#seedsOf.set(value, (this.#seedsOf.get(value) ?? 0) + by);
  }

  /** Visits the voxels of a run of the grid that lie in the box but not in its rim, by their place in the box. */
  #eachVoxel(start: number, length: number, visit: (voxel: number) => void): void {
    const [nx, ny] = this.#grid.dims;
    const { start: corner, size } = this.box;
    for (let at = start, end = start + length; at < end;) {
      const row = Math.floor(at / nx);
      const [first, stop] = [at - row * nx, Math.min(end - row * nx, nx)];
      const [j, k] = [(row % ny) - corner[1], Math.floor(row / ny) - corner[2]];
      if (j > 0 && j < size[1] - 1 && k > 0 && k < size[2] - 1) {
        const inBox = size[0] * (j + size[1] * k) - corner[0];
        for (let i = Math.max(first, corner[0] + 1); i < Math.min(stop, corner[0] + size[0] - 1); i++) visit(inBox + i);
      }
      at = row * nx + stop;
    }
  }

  /** Where a row of the box without its rim begins in the box with it. */
  #rowInBox(inInner: number, { size }: Box): number {
    const row = Math.floor(inInner / size[0]);
    const [j, k] = [row % size[1], Math.floor(row / size[1])];
    return inInner - row * size[0] + 1 + this.box.size[0] * (j + 1 + this.box.size[1] * (k + 1));
  }
}
