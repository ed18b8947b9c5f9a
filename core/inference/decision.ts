import type { ModelDocument } from '../model/saved-model.ts';

/** How the logits of a voxel become its class, its probabilities and its entropy. */
export interface Decision {
  /** Logits of a voxel. */
  readonly outputs: number;
  /** The index into the labels of the model. @param logits the voxel's begin at `at` */
  classOf(logits: Float32Array | Float64Array, at: number): number;
  /**
   * Takes the part that all outputs share: the probability of output c is `probability(logit c, shared)`. NaN stands for a voxel that is
   * background for certain.
   */
  shared(logits: Float64Array): number;
  probability(logit: number, shared: number, output: number): number;
  /** Of a voxel, from 0 (certain) to 1 (as uncertain as can be). */
  entropy(logits: Float64Array): number;
}

export function decisionOf(document: ModelDocument): Decision {
  return softmaxDecision(document.labels.length);
}

/** Classes that exclude each other, background first: the highest logit wins, of equal ones the first. */
export function softmaxDecision(outputs: number): Decision {
  /** log Σ exp(logit), safe from overflow. */
  const shared = (logits: Float64Array): number => {
    let highest = -Infinity;
    for (let c = 0; c < outputs; c++) highest = Math.max(highest, logits[c] as number);
    let sum = 0;
    for (let c = 0; c < outputs; c++) sum += Math.exp((logits[c] as number) - highest);
    return highest + Math.log(sum);
  };
  return {
    outputs,
    classOf: (logits, at) => {
      let best = 0;
      for (let c = 1; c < outputs; c++) if ((logits[at + c] as number) > (logits[at + best] as number)) best = c;
      return best;
    },
    shared,
    probability: (logit, all, output) => (Number.isNaN(all) ? (output === 0 ? 1 : 0) : Math.exp(logit - all)),
    // −Σ p ln p / ln K, with ln p = z − shared.
    entropy: (logits) => {
      const all = shared(logits);
      let sum = 0;
      for (let c = 0; c < outputs; c++) {
        const logP = (logits[c] as number) - all;
        sum -= Math.exp(logP) * logP;
      }
      return Math.min(1, Math.max(0, sum / Math.log(outputs)));
    },
  };
}
