import type { Triple } from '../imaging/index.ts';
import type { Decision } from './decision.ts';
import type { Slab } from './window-sum.ts';

/** In place of a class: no window was run here. */
const UNCOVERED = 65535;

/**
 * Logits of one slab at positions between its voxels, trilinear. Where no window was run there are none: such voxels do not count in a
 * mixture, and what is nearest to one of them is background.
 */
export class SlabSampler {
  readonly #decision: Decision;
  readonly #outputs: number;
  readonly #logits: Float32Array;
  readonly #weight: Float32Array;
  /** Of each voxel. Sets of logits that are decided one way are convex: between voxels of one class lies that class. */
  readonly #classes: Uint16Array;
  /** Whether there are logits everywhere. */
  readonly #covered: boolean;
  readonly #mixed: Float64Array;
  readonly #first: number;
  readonly #rowStep: number;
  readonly #columnStep: number;
  // Where it stands: a voxel, the steps to its neighbours (0 where none is needed), and the fractions on the way to them.
  #base = 0;
  #di = 0;
  #dj = 0;
  #dk = 0;
  #u = 0;
  #v = 0;
  #w = 0;

  /** @param dims of the prepared scan */
  constructor({ first, logits, weight }: Slab, dims: Triple, decision: Decision) {
    this.#decision = decision;
    this.#outputs = decision.outputs;
    this.#logits = logits;
    this.#weight = weight;
    this.#mixed = new Float64Array(decision.outputs);
    this.#first = first;
    this.#rowStep = dims[1] * dims[2];
    this.#columnStep = dims[2];
    this.#classes = new Uint16Array(weight.length);
    for (let v = 0; v < weight.length; v++) this.#classes[v] = weight[v] === 0 ? UNCOVERED : decision.classOf(logits, v * decision.outputs);
    this.#covered = !this.#classes.includes(UNCOVERED);
  }

  /**
   * Goes to a position: whole indices of the prepared scan and the fractions beyond them.
   * @returns false where it is background for certain
   */
  moveTo(i: number, j: number, k: number, u: number, v: number, w: number): boolean {
    this.#base = (i - this.#first) * this.#rowStep + j * this.#columnStep + k;
    // A fraction of 0 needs no neighbour, and the last voxel has none.
    this.#di = u > 0 ? this.#rowStep : 0;
    this.#dj = v > 0 ? this.#columnStep : 0;
    this.#dk = w > 0 ? 1 : 0;
    this.#u = u;
    this.#v = v;
    this.#w = w;
    if (this.#covered) return true;
    return this.#classes[this.#base + (u < 0.5 ? 0 : this.#di) + (v < 0.5 ? 0 : this.#dj) + (w < 0.5 ? 0 : this.#dk)] !== UNCOVERED;
  }

  /** The class at the position. */
  classHere(): number {
    const classes = this.#classes;
    const [base, di, dj, dk] = [this.#base, this.#di, this.#dj, this.#dk];
    const here = classes[base] as number;
    const agreed =
      classes[base + dk] === here &&
      classes[base + dj] === here &&
      classes[base + dj + dk] === here &&
      classes[base + di] === here &&
      classes[base + di + dk] === here &&
      classes[base + di + dj] === here &&
      classes[base + di + dj + dk] === here;
    return agreed ? here : this.#decision.classOf(this.logitsHere(), 0);
  }

  /** All logits at the position, in an array that is used again. */
  logitsHere(): Float64Array {
    this.#mix(0, this.#outputs);
    return this.#mixed;
  }

  logitHere(output: number): number {
    this.#mix(output, output + 1);
    return this.#mixed[output] as number;
  }

  /** Mixes some of the outputs over the eight voxels around the position, by their trilinear shares. */
  #mix(from: number, to: number): void {
    const [mixed, logits, outputs] = [this.#mixed, this.#logits, this.#outputs];
    const [u, v, w] = [this.#u, this.#v, this.#w];
    mixed.fill(0, from, to);
    let total = 0;
    for (let corner = 0; corner < 8; corner++) {
      const [high, right, deep] = [(corner & 4) !== 0, (corner & 2) !== 0, (corner & 1) !== 0];
      const share = (high ? u : 1 - u) * (right ? v : 1 - v) * (deep ? w : 1 - w);
      if (share === 0) continue;
      const voxel = this.#base + (high ? this.#di : 0) + (right ? this.#dj : 0) + (deep ? this.#dk : 0);
      if (!this.#covered && this.#weight[voxel] === 0) continue;
      const at = voxel * outputs;
      for (let output = from; output < to; output++) mixed[output] = (mixed[output] as number) + share * (logits[at + output] as number);
      total += share;
    }
    if (total < 1) for (let output = from; output < to; output++) mixed[output] = (mixed[output] as number) / total;
  }
}
