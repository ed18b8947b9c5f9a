import { type LabelArray, type LabelDelta } from './label-delta.ts';

/**
 * Voxels that were painted with one value, in any order and each once, with what they were before. Neighbours in a row share an entry of
 * twelve bytes, so that memory grows with what was touched and not with the label map.
 */
export class ChangeList {
  /** First voxel, length, value before. */
  #runs = new Uint32Array(3 * 64);
  #length = 0;

  add(voxel: number, before: number): void {
    const runs = this.#runs;
    const last = this.#length - 3;
    if (last >= 0 && (runs[last] as number) + (runs[last + 1] as number) === voxel && runs[last + 2] === before) {
      runs[last + 1] = (runs[last + 1] as number) + 1;
      return;
    }
    if (this.#length === runs.length) this.#makeRoom();
    const at = this.#length;
    this.#runs[at] = voxel;
    this.#runs[at + 1] = 1;
    this.#runs[at + 2] = before;
    this.#length = at + 3;
  }

  /** Gives the voxels of a label map their values from before. */
  restore(labels: LabelArray): void {
    const runs = this.#runs;
    for (let r = 0; r < this.#length; r += 3) {
      const start = runs[r] as number;
      labels.fill(runs[r + 2] as number, start, start + (runs[r + 1] as number));
    }
  }

  /** The change from the values before to `after`. */
  delta(after: number): LabelDelta {
    this.#sort();
    const delta = new Uint32Array((this.#length / 3) * 4);
    for (let r = 0, d = 0; r < this.#length; r += 3, d += 4) {
      delta[d] = this.#runs[r] as number;
      delta[d + 1] = this.#runs[r + 1] as number;
      delta[d + 2] = this.#runs[r + 2] as number;
      delta[d + 3] = after;
    }
    return { runs: delta };
  }

  #makeRoom(): void {
    // A long stroke leaves crescents that join into whole rows once they are in order.
    if (this.#length >= MANY) this.#sort();
    if (this.#length < this.#runs.length / 2) return;
    const longer = new Uint32Array(this.#runs.length * 2);
    longer.set(this.#runs);
    this.#runs = longer;
  }

  /** Puts the runs in rising order and joins those that touch. */
  #sort(): void {
    const count = this.#length / 3;
    // Sorting numbers without a comparison function is many times faster: start and index share one exact integer (below 2^53: with MANY runs,
    // label maps of four thousand million voxels). A power of two takes them apart exactly, and faster than a remainder.
    const unit = 2 ** Math.ceil(Math.log2(Math.max(1, count)));
    const keys = new Float64Array(count);
    for (let n = 0; n < count; n++) keys[n] = (this.#runs[3 * n] as number) * unit + n;
    keys.sort();
    const old = this.#runs;
    const runs = new Uint32Array(old.length);
    let last = -3;
    for (let n = 0; n < count; n++) {
      const key = keys[n] as number;
      const r = 3 * (key - Math.floor(key / unit) * unit);
      const start = old[r] as number;
      if (last >= 0 && (runs[last] as number) + (runs[last + 1] as number) === start && runs[last + 2] === old[r + 2]) {
        runs[last + 1] = (runs[last + 1] as number) + (old[r + 1] as number);
        continue;
      }
      last += 3;
      runs[last] = start;
      runs[last + 1] = old[r + 1] as number;
      runs[last + 2] = old[r + 2] as number;
    }
    this.#runs = runs;
    this.#length = last + 3;
  }
}

/** Numbers (three a run) from which on the list is put in order before it grows. */
const MANY = 3 << 20;
