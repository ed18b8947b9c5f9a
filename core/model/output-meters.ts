import { dispose, distributionMeters, runningDistributionMeters, scope, untracked, type Tensor } from '../compute/index.ts';
import { ENOUGH_ROWS, freshMoments, updateMoments, type RunningMoments } from './anti-collapse.ts';
import type { MethodState } from './pretraining-method.ts';

export type OutputMeter = 'entropy' | 'meanEntropy' | 'spread';

/**
 * The meters of method 6.3: mean entropy of the teacher's distributions, entropy of their mean, spread of the teacher's outputs. The
 * latter two are taken over the batch where it has eight rows or more, else over about the last ten steps: a single row has no spread,
 * and its mean is itself.
 */
export class OutputMeters {
  private readonly moments: { readonly distributions: RunningMoments; readonly outputs: RunningMoments };

  /** @param width K, the outputs of the head */
  constructor(width: number) {
    this.moments = { distributions: freshMoments(width), outputs: freshMoments(width) };
  }

  /** @param a (B·p, K), the teacher's distributions @param t (B·p, K), its outputs */
  observe(a: Tensor, t: Tensor): Record<OutputMeter, Tensor> {
    const { distributions, outputs } = this.moments;
    return scope(() =>
      untracked(() => {
        if (a.shape[0] >= ENOUGH_ROWS) return distributionMeters(a, t);
        updateMoments(distributions, a);
        updateMoments(outputs, t);
        return runningDistributionMeters(a, distributions.mean, outputs.variance);
      }),
    );
  }

  state(): MethodState {
    const tensors = new Map<string, Tensor>();
    for (const [name, { mean, variance }] of Object.entries(this.moments)) {
      tensors.set(`meters/${name}/mean`, mean);
      tensors.set(`meters/${name}/variance`, variance);
    }
    return { tensors, numbers: { meterBatches: this.moments.outputs.count } };
  }

  /** Takes the tensors over; a checkpoint from before there were any leaves fresh ones. */
  restore({ tensors, numbers }: MethodState): void {
    for (const [name, moments] of Object.entries(this.moments)) {
      const mean = tensors.get(`meters/${name}/mean`);
      const variance = tensors.get(`meters/${name}/variance`);
      if (mean === undefined || variance === undefined) continue;
      dispose(moments.mean, moments.variance);
      Object.assign(moments, { mean, variance, count: numbers['meterBatches'] ?? 0 });
    }
  }

  dispose(): void {
    for (const { mean, variance } of Object.values(this.moments)) dispose(mean, variance);
  }
}
