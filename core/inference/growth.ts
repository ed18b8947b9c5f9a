import type { Box, Triple } from '../imaging/index.ts';
import type { Decision } from './decision.ts';
import type { OwnGrid } from './own-grid.ts';
import type { WindowSum } from './window-sum.ts';

export type LabelVoxels = Uint8Array | Uint16Array;

/** Told of labels that came or changed. @param labels all so far, i fastest; the box tells where there is news. */
export type Grown = (labels: LabelVoxels, box: Box) => Promise<void> | void;

/** Milliseconds between two tellings: each costs the time to decide the voxels of the last windows. */
const TELL_EVERY = 700;

/** Shows labels while windows are still to come: decided by the windows so far, by the nearest prepared voxel. */
export class Growth {
  readonly #grid: OwnGrid;
  readonly #decision: Decision;
  readonly #shown: LabelVoxels;
  readonly #tell: Grown;
  /** What changed since the last telling. */
  #news: Box | undefined;
  #told = performance.now();

  constructor(grid: OwnGrid, decision: Decision, empty: LabelVoxels, tell: Grown) {
    this.#grid = grid;
    this.#decision = decision;
    this.#shown = empty;
    this.#tell = tell;
  }

  /** A voxel's final label. */
  settle(at: number, value: number): void {
    this.#shown[at] = value;
  }

  /** @param window box of the prepared scan */
  async afterWindow(sum: WindowSum, window: Box): Promise<void> {
    this.#news = around(this.#news, this.#grid.boxOf(window));
    if (performance.now() - this.#told < TELL_EVERY) return;
    this.#decide(sum, this.#news);
    await this.#tellNews();
  }

  /** @param slab box of the prepared scan whose labels were settled */
  async afterSlab(slab: Box): Promise<void> {
    this.#news = around(this.#news, this.#grid.boxOf(slab));
    await this.#tellNews();
  }

  #decide(sum: WindowSum, box: Box): void {
    const { sums } = sum;
    this.#grid.eachNearest(box, (at, x, y, z) => {
      const place = sum.placeOf(x, y, z);
      if (place !== undefined) this.#shown[at] = this.#decision.values[this.#decision.classOf(sums, place)] ?? 0;
    });
  }

  async #tellNews(): Promise<void> {
    const box = this.#news;
    this.#news = undefined;
    if (box === undefined || box.size.some((n) => n === 0)) return;
    await this.#tell(this.#shown, box);
    this.#told = performance.now();
  }
}

/** The smallest box that holds both. */
function around(a: Box | undefined, b: Box): Box {
  if (a === undefined) return b;
  const each = (f: (axis: 0 | 1 | 2) => number): Triple => [f(0), f(1), f(2)];
  const start = each((axis) => Math.min(a.start[axis], b.start[axis]));
  return {
    start,
    size: each((axis) => Math.max(a.start[axis] + a.size[axis], b.start[axis] + b.size[axis]) - start[axis]),
  };
}
