import type { Random } from '../base/random.ts';
import { multiplyByConstant, tensorFromOwned, type Tensor } from '../compute/index.ts';

/** What holds in training only. */
export interface TrainingPass {
  /** Draws what is left out in this pass: a generator of the step's own, so that a resumed run draws the same. */
  readonly random: Random;
  /** Chance of a branch of the last block to be left out of a sample; 0 changes nothing. */
  readonly dropPath?: number;
}

/** Leaves a residual branch (B, N, d) out of some samples, and makes it as much stronger in the others. */
export type DropBranch = (branch: Tensor) => Tensor;

/** The chance that a branch of block i of `depth` (from 0) is left out (method 11.2): 0 in the first, rising linearly to `dropPath` in the last. */
export function dropChance(dropPath: number, i: number, depth: number): number {
  return depth < 2 ? 0 : (dropPath * i) / (depth - 1);
}

/**
 * Stochastic depth (Huang et al., 2016; as timm has it): each branch of each sample is multiplied by 0 with the chance c of its block,
 * else by 1/(1 − c). Every block has its own stream of random numbers.
 * @returns undefined where nothing is ever left out
 */
export function dropBranch(pass: TrainingPass | undefined, i: number, depth: number): DropBranch | undefined {
  const chance = dropChance(pass?.dropPath ?? 0, i, depth);
  if (pass === undefined || chance === 0) return undefined;
  const random = pass.random.fork(`drop path of block ${String(i)}`);
  return (branch) => {
    const samples = branch.shape[0];
    const factors = Float32Array.from({ length: samples }, () => (random.next() < chance ? 0 : 1 / (1 - chance)));
    return multiplyByConstant(branch, tensorFromOwned(factors, [samples, 1, 1]));
  };
}
