import { TesseraError } from '../base/errors.ts';
import type { Triple } from '../imaging/index.ts';

/** Averaged logits of neighbouring rows of the prepared scan that no later window changes. A row is a position on its first axis. */
export interface Slab {
  /** The row at which it begins. */
  readonly first: number;
  readonly rows: number;
  /** Rows at its beginning that the slab before had at its end: 1, for interpolation between the two; 0 for the first slab. */
  readonly repeated: number;
  /** (rows, n1, n2, K). Overwritten when the next slab is asked for. */
  readonly logits: Float32Array;
  /** (rows, n1, n2): summed weights, 0 where every window was left out as empty. Overwritten as the logits are. */
  readonly weight: Float32Array;
}

/** The lowest weight of a voxel, so that corners count for something. */
const LOWEST_WEIGHT = 1e-3;

/** Weighted sums of the logits of windows (method 9.2), for some rows of the scan at a time. Windows come with their first axis slowest. */
export class WindowSum {
  readonly #dims: Triple;
  readonly #window: Triple;
  readonly #outputs: number;
  readonly #weights: readonly [Float32Array, Float32Array, Float32Array];
  readonly #sum: Float32Array;
  readonly #total: Float32Array;
  /** The row of the scan that lies first in the sums. */
  #first = 0;
  /** Rows at the beginning of the sums that are averaged already. */
  #repeated = 0;

  /**
   * @param weights of a window's voxels along each axis; their product counts
   * @param rows held at a time: those of a window and one more are enough when rows are finished window by window
   */
  constructor(dims: Triple, window: Triple, outputs: number, weights: readonly [Float32Array, Float32Array, Float32Array], rows: number) {
    this.#dims = dims;
    this.#window = window;
    this.#outputs = outputs;
    this.#weights = weights;
    const voxels = Math.min(dims[0], rows) * dims[1] * dims[2];
    this.#sum = new Float32Array(voxels * outputs);
    this.#total = new Float32Array(voxels);
  }

  /**
   * Adds some rows of a window's logits.
   * @param logits (rows, w1, w2, K)
   * @param row the window's row that they begin with, as the network saw it
   * @param corner where the window begins in the scan; it may reach beyond
   * @param mirrored axes along which the network saw the window reversed
   */
  add(logits: Float32Array, row: number, corner: Triple, mirrored: readonly boolean[]): void {
    const [n0, n1, n2] = this.#dims;
    const [s0, s1, s2] = this.#window;
    const [w0, w1, w2] = this.#weights;
    const outputs = this.#outputs;
    const [sum, total] = [this.#sum, this.#total];
    const [m0, m1, m2] = mirrored;
    const k0 = Math.max(0, -corner[2]);
    const k1 = Math.min(s2, n2 - corner[2]);
    const rows = logits.length / (s1 * s2 * outputs);
    for (let a = 0; a < rows; a++) {
      const inWindow0 = m0 === true ? s0 - 1 - row - a : row + a;
      const i = corner[0] + inWindow0;
      if (i < 0 || i >= n0) continue;
      for (let b = 0; b < s1; b++) {
        const inWindow1 = m1 === true ? s1 - 1 - b : b;
        const j = corner[1] + inWindow1;
        if (j < 0 || j >= n1) continue;
        const plane = (w0[inWindow0] as number) * (w1[inWindow1] as number);
        const toRow = ((i - this.#first) * n1 + j) * n2 + corner[2];
        const fromRow = (a * s1 + b) * s2;
        for (let c = k0; c < k1; c++) {
          const weight = Math.max(LOWEST_WEIGHT, plane * (w2[c] as number));
          const to = toRow + c;
          total[to] = (total[to] as number) + weight;
          let from = (fromRow + (m2 === true ? s2 - 1 - c : c)) * outputs;
          for (let m = to * outputs, end = m + outputs; m < end; m++, from++)
            sum[m] = (sum[m] as number) + weight * (logits[from] as number);
        }
      }
    }
  }

  /**
   * Where the summed logits of a voxel begin in {@link sums}: what they decide so far, for a sum is decided as its average.
   * @returns undefined where no window was added yet, and for rows that are no longer or not yet held
   */
  placeOf(i: number, j: number, k: number): number | undefined {
    const [, n1, n2] = this.#dims;
    const at = ((i - this.#first) * n1 + j) * n2 + k;
    return i >= this.#first && (this.#total[at] ?? 0) > 0 ? at * this.#outputs : undefined;
  }

  /** Summed logits; those of the first rows are averages already. */
  get sums(): Float32Array {
    return this.#sum;
  }

  /**
   * The averages of all rows before `end`; later windows must begin at `end` or after.
   * @throws TesseraError `not-finite` when a logit is no number
   */
  finish(end: number): Slab {
    const [, n1, n2] = this.#dims;
    const outputs = this.#outputs;
    const rows = end - this.#first;
    const voxels = rows * n1 * n2;
    let all = 0;
    for (let v = this.#repeated * n1 * n2; v < voxels; v++) {
      const weight = this.#total[v] as number;
      if (weight === 0) continue;
      const scale = 1 / weight;
      for (let m = v * outputs, last = m + outputs; m < last; m++) all += this.#sum[m] = (this.#sum[m] as number) * scale;
    }
    if (!Number.isFinite(all))
      throw new TesseraError('not-finite', 'gives logits that are no finite numbers.', {
        subject: 'the model',
        advice: 'Its weights are damaged, or its training diverged: take another checkpoint.',
      });
    return {
      first: this.#first,
      rows,
      repeated: this.#repeated,
      logits: this.#sum.subarray(0, voxels * outputs),
      weight: this.#total.subarray(0, voxels),
    };
  }

  /** Forgets what {@link finish} gave, but for its last row, and makes room for the rows that follow. */
  advance(end: number): void {
    const [, n1, n2] = this.#dims;
    const keepFrom = (end - 1 - this.#first) * n1 * n2;
    for (const [values, each] of [
      [this.#sum, this.#outputs],
      [this.#total, 1],
    ] as const) {
      values.copyWithin(0, keepFrom * each);
      values.fill(0, values.length - keepFrom * each);
    }
    this.#first = end - 1;
    this.#repeated = 1;
  }
}
