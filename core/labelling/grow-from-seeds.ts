import type { Box } from '../imaging/box.ts';
import type { Triple } from '../imaging/volume.ts';
import { boxDelta } from './box-delta.ts';
import { boxOfLabels, widenedBox } from './label-box.ts';
import { applyDelta, deltaBetween, type LabelArray, type LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
import { checkGrid, checkScan, mayPaint, type Grid, type PaintRules, type ScanValues } from './rules.ts';
import { SeedGrowth } from './seed-growth.ts';

export interface GrowSettings {
  /** The seed value that stands for everything else: it grows as others do and is shown and accepted as background. */
  readonly background?: number;
  /** Values that neither grow nor are grown into (locked segments). */
  readonly walls?: ReadonlySet<number>;
  /**
   * Larger boxes are grown in cells of several voxels first and voxel by voxel only around borders, so that there are no more cells than this
   * (3 million unless given). Structures thinner than a cell may be lost where no seed lies in them.
   */
  readonly mostCells?: number;
}

/**
 * Grows segments from seeds with a preview that follows when seeds are added or taken away: only what changes is computed again, and the
 * result is the same as from the beginning in the same box. Works in the box around the seeds and a tenth of its size more on each side.
 */
export class GrowFromSeeds {
  readonly #values: ScanValues;
  readonly #grid: Grid;
  readonly #givenBox: Box | undefined;
  readonly #settings: GrowSettings;
  #state: State | undefined;

  /**
   * @param box where to grow, inside the grid; undefined: around the seeds
   * @throws TesseraError `grid-mismatch` when the scan has other voxels than the grid
   */
  constructor(values: ScanValues, grid: Grid, box?: Box, settings: GrowSettings = {}) {
    checkScan(values, grid);
    [this.#values, this.#grid, this.#givenBox, this.#settings] = [values, grid, box, settings];
  }

  /**
   * Begins anew with these seeds.
   * @param labels the seeds: every value but 0 is a seed of that segment; kept as they are now
   * @returns what makes an empty label map the preview
   * @throws TesseraError `bad-labels` with seeds of less than two values, or when they do not fit the grid
   */
  seeds(labels: LabelArray): LabelDelta {
    checkGrid(labels, this.#grid);
    this.#state = this.#begin(labels.slice());
    return this.#state.growth.show(this.#state.preview, this.#settings.background);
  }

  /**
   * Takes in changed seeds. Seeds beyond the box that was found around the first ones begin anew in a larger one.
   * @param changed what changed in the seeds since the last call
   * @returns what changed in the preview
   * @throws TesseraError `bad-labels` when the change does not fit the seeds, or leaves seeds of less than two values: then begin anew
   */
  update(changed: LabelDelta): LabelDelta {
    const { seeds, preview, growth } = this.#present();
    applyDelta(seeds, changed);
    if (this.#givenBox === undefined && !growth.holds(changed)) {
      this.#state = this.#begin(seeds);
      this.#state.growth.show(this.#state.preview, this.#settings.background);
      return deltaBetween(preview, this.#state.preview);
    }
    growth.change(changed);
    if (growth.values.length < 2) throw tooFew();
    return growth.show(preview, this.#settings.background);
  }

  /** The label map as it would be accepted where nothing else is drawn, on the whole grid. Do not change it. */
  get preview(): LabelArray {
    return this.#present().preview;
  }

  /**
   * What takes the preview into a label map. Where the background grew, voxels of the grown segments become background, and others stay.
   * @param rules of which `value` is not looked at
   * @throws TesseraError `bad-labels` when the rules forbid every change
   */
  accept(labels: LabelArray, rules: Omit<PaintRules, 'value'>): LabelDelta {
    checkGrid(labels, this.#grid);
    const { growth } = this.#present();
    const { background } = this.#settings;
    const grown = new Set(growth.values);
    const painting = new Map(growth.values.map((value) => [value, { ...rules, value }]));
    const grownAt = growth.labels;
    return boxDelta(labels, this.#grid, { ...rules, value: 0, over: 'everything' }, growth.box, (n, present) => {
      const value = grownAt[n] as number;
      if (value === present || value === 0) return present === background ? 0 : present;
      if (value === background) return grown.has(present) ? 0 : present;
      const painted = painting.get(value);
      return painted !== undefined && (rules.locked.has(present) || mayPaint(painted, present)) ? value : present;
    });
  }

  #present(): State {
    if (this.#state === undefined) throw new ToolRefusal({ code: 'noSeeds' });
    return this.#state;
  }

  #begin(seeds: LabelArray): State {
    const { walls = new Set<number>(), mostCells = 3e6 } = this.#settings;
    const box = this.#givenBox ?? aroundSeeds(seeds, this.#grid);
    const growth = box && new SeedGrowth(this.#values, this.#grid, seeds, box, walls, cellFor(box.size, this.#grid.spacing, mostCells));
    if (growth === undefined || growth.values.length < 2) {
      throw tooFew();
    }
    const preview = seeds instanceof Uint8Array ? new Uint8Array(seeds.length) : new Uint16Array(seeds.length);
    return { seeds, preview, growth };
  }
}

interface State {
  readonly seeds: LabelArray;
  readonly preview: LabelArray;
  readonly growth: SeedGrowth;
}

function tooFew(): ToolRefusal {
  return new ToolRefusal({ code: 'fewSeeds' });
}

/** The box of the seeds and a tenth more on each side, three voxels at least. */
function aroundSeeds(seeds: LabelArray, { dims }: Grid): Box | undefined {
  const box = boxOfLabels(seeds, dims);
  if (box === undefined) return undefined;
  const room = (axis: 0 | 1 | 2): number => Math.max(3, Math.ceil(box.size[axis] / 10));
  return widenedBox(box, [room(0), room(1), room(2)], dims);
}

/** The smallest cell, in voxels and about as long in mm along each axis, of which no more than so many fill a box. */
function cellFor(size: Triple, spacing: Triple, mostCells: number): Triple {
  const shortest = Math.min(...spacing);
  for (let edge = 1; ; edge += 0.5) {
    const along = (axis: 0 | 1 | 2): number => Math.max(1, Math.round((edge * shortest) / spacing[axis]));
    const cell: Triple = [along(0), along(1), along(2)];
    if (size.reduce((cells, voxels, axis) => cells * Math.ceil(voxels / (cell[axis] as number)), 1) <= Math.max(1, mostCells)) return cell;
  }
}
