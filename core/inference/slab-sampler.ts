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
  readonly #slab: Slab;
  readonly #dims: Triple;
  readonly #decision: Decision;
  /** Of each voxel. Sets of logits that are decided one way are convex: between voxels of one class lies that class. */
  readonly #classes: Uint16Array;
  readonly #mixed: Float64Array;
  readonly #corner = new Int32Array(8);
  readonly #share = new Float64Array(8);

  /** @param dims of the prepared scan */
  constructor(slab: Slab, dims: Triple, decision: Decision) {
    this.#slab = slab;
    this.#dims = dims;
    this.#decision = decision;
    this.#mixed = new Float64Array(decision.outputs);
    this.#classes = new Uint16Array(slab.weight.length);
    for (let v = 0; v < this.#classes.length; v++)
      this.#classes[v] = slab.weight[v] === 0 ? UNCOVERED : decision.classOf(slab.logits, v * decision.outputs);
  }

  /**
   * Goes to a position: whole indices of the prepared scan and the fractions beyond them.
   * @returns false where it is background for certain
   */
  moveTo(i: number, j: number, k: number, u: number, v: number, w: number): boolean {
    const [, n1, n2] = this.#dims;
    const base = ((i - this.#slab.first) * n1 + j) * n2 + k;
    // A fraction of 0 needs no neighbour, and the last voxel has none.
    const [di, dj, dk] = [u > 0 ? n1 * n2 : 0, v > 0 ? n2 : 0, w > 0 ? 1 : 0];
    const [corner, share] = [this.#corner, this.#share];
    for (let c = 0; c < 8; c++) {
      corner[c] = base + ((c & 4) === 0 ? 0 : di) + ((c & 2) === 0 ? 0 : dj) + ((c & 1) === 0 ? 0 : dk);
      share[c] = ((c & 4) === 0 ? 1 - u : u) * ((c & 2) === 0 ? 1 - v : v) * ((c & 1) === 0 ? 1 - w : w);
    }
    const nearest = base + (u < 0.5 ? 0 : di) + (v < 0.5 ? 0 : dj) + (w < 0.5 ? 0 : dk);
    return this.#classes[nearest] !== UNCOVERED;
  }

  /** The class at the position. */
  classHere(): number {
    const [classes, corner] = [this.#classes, this.#corner];
    const first = classes[corner[0] as number] as number;
    for (let c = 1; c < 8; c++) if (classes[corner[c] as number] !== first) return this.#decision.classOf(this.logitsHere(), 0);
    return first;
  }

  /** All logits at the position, in an array that is used again. */
  logitsHere(): Float64Array {
    for (let output = 0; output < this.#mixed.length; output++) this.#mixed[output] = this.logitHere(output);
    return this.#mixed;
  }

  logitHere(output: number): number {
    const [corner, share, weight, logits] = [this.#corner, this.#share, this.#slab.weight, this.#slab.logits];
    let [sum, total] = [0, 0];
    for (let c = 0; c < 8; c++) {
      const part = share[c] as number;
      const at = corner[c] as number;
      if (part === 0 || weight[at] === 0) continue;
      sum += part * (logits[at * this.#mixed.length + output] as number);
      total += part;
    }
    return sum / total;
  }
}
