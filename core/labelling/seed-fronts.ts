import { voxelCount, type Triple } from '../imaging/volume.ts';
import { BucketQueue } from './bucket-queue.ts';
import type { LabelArray } from './label-delta.ts';

/**
 * Fronts that spread from seeds through a box, each voxel taken by the seed with the cheapest way to it (the shortest-path form of grow-cut:
 * Zhu, Kolesov, Gao, Kikinis, Tannenbaum, MICCAI workshop IMIC 2014). A step to one of six neighbours costs how much the scan changes
 * ({@link CHANGE_COSTS}) and the length of the step. Where two seeds are equally near the lower value wins, so that the result is one, in whatever order
 * seeds came: changing seeds and spreading again gives what spreading anew would.
 */
export class SeedFronts {
  /** The seed value that has each voxel of the box, 0 for none yet; i fastest. */
  readonly labels: LabelArray;
  readonly #levels: Uint8Array;
  /** Cost of the way from the seed; 0 as well for what no front enters. */
  readonly #cost: Uint16Array<ArrayBuffer>;
  /** Where the way comes from: a step of {@link #steps}, or one of the marks. */
  readonly #from: Uint8Array<ArrayBuffer>;
  /** Distance of the neighbours in voxels of the box, opposite ones after each other, and what a step there costs at least. */
  readonly #steps: Int32Array;
  readonly #stepCosts: Int32Array;
  readonly #queue = new BucketQueue(UNREACHED);

  /**
   * @param levels of the scan in the box, whose outermost voxels are a rim that no front enters
   * @param labels an array of zeros of the box's size
   */
  constructor(levels: Uint8Array, labels: LabelArray, [nx, ny, nz]: Triple, spacing: Triple) {
    this.#levels = levels;
    this.labels = labels;
    this.#cost = new Uint16Array(voxelCount([nx, ny, nz])).fill(UNREACHED);
    this.#from = new Uint8Array(this.#cost.length).fill(NOWHERE);
    this.#steps = Int32Array.of(-1, 1, -nx, nx, -nx * ny, nx * ny);
    const shortest = Math.min(...spacing);
    const costs = spacing.map((mm) => Math.min(LONGEST_STEP, Math.round(mm / shortest)));
    this.#stepCosts = Int32Array.from({ length: 6 }, (_, s) => costs[s >> 1] as number);
    this.#closeRim(nx, ny, nz);
  }

  /** Makes a voxel that no front reached a seed, or closes it to all fronts. Its own front begins with {@link spreadAll}. */
  fix(voxel: number, value: number): void {
    this.#cost[voxel] = 0;
    this.#from[voxel] = value === CLOSED ? SHUT : SEED;
    this.labels[voxel] = value === CLOSED ? 0 : value;
  }

  /** The value of a seed, {@link CLOSED}, or 0 for a voxel that is neither. */
  fixed(voxel: number): number {
    const from = this.#from[voxel];
    return from === SEED ? (this.labels[voxel] as number) : from === SHUT ? CLOSED : 0;
  }

  /** Lets the fronts of all seeds spread. */
  spreadAll(): void {
    const [cost, labels, steps] = [this.#cost, this.labels, this.#steps];
    for (let voxel = 0; voxel < cost.length; voxel++) {
      if (cost[voxel] !== UNREACHED) continue;
      for (let s = 0; s < 6; s++) {
        const next = voxel + (steps[s] as number);
        if (labels[next] !== 0) this.#queue.push(0, next);
      }
    }
    this.#spread();
  }

  /** Makes voxels seeds, closes them, or frees them (0) with all that was reached through them, and lets the fronts spread again. */
  change(voxels: readonly number[], values: readonly number[]): void {
    this.#free(voxels.filter((voxel, n) => this.fixed(voxel) !== 0 || values[n] === CLOSED));
    for (const [n, voxel] of voxels.entries()) {
      const value = values[n] as number;
      if (value === 0) continue;
      this.fix(voxel, value);
      if (value !== CLOSED) this.#queue.push(0, voxel);
    }
    this.#spread();
  }

  #free(voxels: readonly number[]): void {
    const [cost, from, labels, steps] = [this.#cost, this.#from, this.labels, this.#steps];
    const freed: number[] = [];
    const free = (voxel: number): void => {
      cost[voxel] = UNREACHED;
      from[voxel] = NOWHERE;
      labels[voxel] = 0;
      freed.push(voxel);
    };
    for (const voxel of voxels) if (cost[voxel] !== UNREACHED) free(voxel);
    for (let n = 0; n < freed.length; n++)
      for (let s = 0; s < 6; s++) {
        const next = (freed[n] as number) + (steps[s] as number);
        if (from[next] === s) free(next);
      }
    // What was not freed spreads again into what was.
    for (const voxel of freed)
      for (let s = 0; s < 6; s++) {
        const next = voxel + (steps[s] as number);
        if (labels[next] !== 0) this.#queue.push(cost[next] as number, next);
      }
  }

  /** Lets the fronts go on until nothing is cheaper. */
  #spread(): void {
    const [cost, from, labels, levels, queue] = [this.#cost, this.#from, this.labels, this.#levels, this.#queue];
    const [steps, stepCosts] = [this.#steps, this.#stepCosts];
    queue.drain((now, voxels, count) => {
      for (let n = 0; n < count; n++) {
        const voxel = voxels[n] as number;
        const label = labels[voxel] as number;
        if (cost[voxel] !== now || label === 0) continue;
        const level = levels[voxel] as number;
        for (let s = 0; s < 6; s++) {
          const next = voxel + (steps[s] as number);
          const present = cost[next] as number;
          const least = now + (stepCosts[s] as number);
          if (present < least) continue;
          const difference = level - (levels[next] as number);
          const reached = least + (CHANGE_COSTS[difference < 0 ? -difference : difference] as number);
          if (reached > present || reached >= UNREACHED || (reached === present && label >= (labels[next] as number))) continue;
          cost[next] = reached;
          labels[next] = label;
          from[next] = s;
          queue.push(reached, next);
        }
      }
    });
  }

  #closeRim(nx: number, ny: number, nz: number): void {
    for (let k = 0, voxel = 0; k < nz; k++)
      for (let j = 0; j < ny; j++) {
        const inside = k > 0 && k < nz - 1 && j > 0 && j < ny - 1;
        for (let i = 0; i < nx; i += inside ? nx - 1 : 1) this.#closeForGood(voxel + i);
        voxel += nx;
      }
  }

  #closeForGood(voxel: number): void {
    this.#cost[voxel] = 0;
    this.#from[voxel] = RIM;
  }
}

/** In place of a value: no front enters. */
export const CLOSED = -1;

/** Costs above this are not looked at: 16 times from the darkest to the brightest. What is further stays without a seed. */
const UNREACHED = 65535;
/** What a change of so many levels costs: its power 1.5, so that one edge costs more than noise that changes as much in many small steps. */
const CHANGE_COSTS = Uint16Array.from({ length: 256 }, (_, levels) => Math.round(levels ** 1.5));
const SEED = 6;
const SHUT = 7;
const RIM = 8;
const NOWHERE = 9;
const LONGEST_STEP = 64;
