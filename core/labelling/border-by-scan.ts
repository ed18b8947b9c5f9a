import type { Triple } from '../imaging/volume.ts';
import type { ScanValues } from './rules.ts';
import type { DistanceField } from './shape-blend.ts';

/** The voxel of the scan at a place of a slice. */
export type VoxelAt = (x: number, y: number, slice: number) => number;

/** Moves borders of shapes by what the scan says of the voxels around them. */
export class BorderByScan {
  /** How far in mm a border is moved at most. */
  readonly reach: number;
  readonly #values: ScanValues;
  readonly #voxelAt: VoxelAt;
  readonly #dims: Triple;

  /** @param dims voxels along the two sides of a slice, and slices */
  constructor(values: ScanValues, reach: number, voxelAt: VoxelAt, dims: Triple) {
    [this.#values, this.reach, this.#voxelAt, this.#dims] = [values, reach, voxelAt, dims];
  }

  /** What voxels inside and outside look like, learned from shapes in drawn slices, as far from their border as it may be moved. */
  learned(...drawn: (readonly [field: DistanceField, slice: number])[]): { move: (field: DistanceField, slice: number) => void } {
    const tissues = new Tissues(this.#values);
    for (const [field, slice] of drawn)
      this.#eachNear(field, (n, x, y) => tissues.learn(this.#voxelAt(x, y, slice), (field.distances[n] as number) > 0));
    return { move: (field, slice) => this.#move(field, slice, tissues) };
  }

  /** Adds what the scan says around a voxel (mean of the 3 x 3 in the slice) to its distance, where it is near enough to the border. */
  #move(field: DistanceField, slice: number, tissues: Tissues): void {
    const says = new Float32Array(field.distances.length);
    const known = new Uint8Array(says.length);
    this.#eachNear(field, (n, x, y) => {
      says[n] = tissues.verdict(this.#voxelAt(x, y, slice));
      known[n] = 1;
    });
    this.#eachNear(field, (n) => {
      let [sum, count] = [0, 0];
      for (const row of [n - field.width, n, n + field.width])
        for (let at = row - 1; at <= row + 1; at++) {
          if (known[at] !== 1) continue;
          sum += says[at] as number;
          count++;
        }
      // Where most of them agree that is enough; else rounded borders would be cut off.
      const mean = Math.max(-1, Math.min(1, (2 * sum) / count));
      field.distances[n] = (field.distances[n] as number) + this.reach * mean;
    });
  }

  #eachNear({ x, y, width, height, distances }: DistanceField, visit: (n: number, x: number, y: number) => void): void {
    for (let row = Math.max(0, -y); row < Math.min(height, this.#dims[1] - y); row++)
      for (let column = Math.max(0, -x), end = Math.min(width, this.#dims[0] - x); column < end; column++) {
        const n = column + width * row;
        if (Math.abs(distances[n] as number) <= this.reach) visit(n, x + column, y + row);
      }
  }
}

/**
 * How much the scan speaks for the inside of a shape, learned from voxels near its border in labelled slices: the logarithm of how much more
 * likely a value is inside than outside (two normal distributions), from −1 (surely outside) to 1 (surely inside).
 */
class Tissues {
  readonly #values: ScanValues;
  readonly #inside = new Spread();
  readonly #outside = new Spread();

  constructor(values: ScanValues) {
    this.#values = values;
  }

  /** Learns from a voxel of a labelled slice. */
  learn(voxel: number, isInside: boolean): void {
    const value = this.#value(voxel);
    if (Number.isFinite(value)) (isInside ? this.#inside : this.#outside).add(value);
  }

  /** What the scan says of a voxel; 0 where nothing was learned. */
  verdict(voxel: number): number {
    const value = this.#value(voxel);
    if (!Number.isFinite(value) || this.#inside.count === 0 || this.#outside.count === 0) return 0;
    // A tissue without any spread would make every other value impossible.
    const least = ((this.#inside.mean - this.#outside.mean) / 100) ** 2 + 1e-12;
    const ratio = this.#inside.logLikelihood(value, least) - this.#outside.logLikelihood(value, least);
    return Math.max(-1, Math.min(1, ratio / SURE));
  }

  #value(voxel: number): number {
    return (this.#values.voxels[voxel] as number) * this.#values.slope + this.#values.intercept;
  }
}

/** Twenty times more likely is sure. */
const SURE = 3;

/** Mean and variance of some values (Welford, 1962). */
class Spread {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count++;
    const off = value - this.mean;
    this.mean += off / this.count;
    this.#squares += off * (value - this.mean);
  }

  logLikelihood(value: number, leastVariance: number): number {
    const variance = Math.max(this.#squares / this.count, leastVariance);
    return -((value - this.mean) ** 2 / variance + Math.log(variance)) / 2;
  }
}
