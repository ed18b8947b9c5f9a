import { copy, dispose, keep, movingAverages, type Tensor } from '../compute/index.ts';
import type { Parameters } from '../model/parameters.ts';

/**
 * Exponential moving average of the weights that learn (docs/method.md, Fine-tuning): after step t, counted from 1,
 * average ← μ·average + (1 − μ)·weight with μ = min(decay, (1 + t)/(10 + t)), so that the start is soon forgotten (TensorFlow's
 * ExponentialMovingAverage). It begins at the weights themselves.
 */
export class WeightAverage {
  readonly averages = new Map<string, Tensor>();
  private readonly decay: number;

  constructor(decay: number) {
    this.decay = decay;
  }

  start(weights: Parameters): void {
    this.dispose();
    for (const [name, value] of weights) this.averages.set(name, keep(copy(value)));
  }

  /** @param step steps of the optimiser so far, this one included */
  update(weights: Parameters, step: number): void {
    const mu = Math.min(this.decay, (1 + step) / (10 + step));
    movingAverages(this.averages, weights, mu);
  }

  /** All weights, averaged where they learn. Shares the tensors. */
  over(weights: Parameters): Parameters {
    return new Map([...weights, ...this.averages]);
  }

  dispose(): void {
    dispose(...this.averages.values());
    this.averages.clear();
  }
}
