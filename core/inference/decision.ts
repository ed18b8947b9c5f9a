import type { ModelDocument } from '../model/saved-model.ts';

/** How the logits of a voxel become its label, its probabilities and its entropy. */
export interface Decision {
  /** Logits of a voxel. */
  readonly outputs: number;
  /** The label value of each thing that can be decided; the first is background. */
  readonly values: readonly number[];
  /** Which of the `values`. The logits that are decided one way make a convex set. @param logits the voxel's begin at `at` */
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

export function decisionOf({ labels, regions }: Pick<ModelDocument, 'labels' | 'regions'>): Decision {
  return regions === undefined ? softmaxDecision(labels.map(({ value }) => value)) : regionDecision(regions.map(({ writes }) => writes));
}

/** Classes that exclude each other, background first: the highest logit wins, of equal ones the first. */
function softmaxDecision(values: readonly number[]): Decision {
  const outputs = values.length;
  const highestOf = (logits: Float64Array): number => {
    let highest = logits[0] as number;
    for (let c = 1; c < outputs; c++) if ((logits[c] as number) > highest) highest = logits[c] as number;
    return highest;
  };
  /** log Σ exp(logit), safe from overflow. */
  const shared = (logits: Float64Array): number => {
    const highest = highestOf(logits);
    let sum = 0;
    for (let c = 0; c < outputs; c++) sum += Math.exp((logits[c] as number) - highest);
    return highest + Math.log(sum);
  };
  return {
    outputs,
    values,
    classOf: (logits, at) => {
      let best = 0;
      for (let c = 1; c < outputs; c++) if ((logits[at + c] as number) > (logits[at + best] as number)) best = c;
      return best;
    },
    shared,
    probability: (logit, all, output) => (Number.isNaN(all) ? (output === 0 ? 1 : 0) : Math.exp(logit - all)),
    // −Σ p ln p / ln K, with p = e / Σ e for e = exp(z − highest): ln Σ e − Σ e (z − highest) / Σ e, one exponential a class.
    entropy: (logits) => {
      const highest = highestOf(logits);
      let [sum, weighted] = [0, 0];
      for (let c = 0; c < outputs; c++) {
        const below = (logits[c] as number) - highest;
        // What is below one part in 10^13 counts for nothing.
        if (below < -30) continue;
        const e = Math.exp(below);
        sum += e;
        weighted += e * below;
      }
      const entropy = (Math.log(sum) - weighted / sum) / Math.log(outputs);
      return entropy < 0 ? 0 : entropy > 1 ? 1 : entropy;
    },
  };
}

/** Regions that may overlap: one holds the voxels whose logit is above 0, and the last of them writes its value (`core/model/regions.ts`). */
function regionDecision(writes: readonly number[]): Decision {
  const outputs = writes.length;
  const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
  return {
    outputs,
    values: [0, ...writes],
    classOf: (logits, at) => {
      let region = outputs;
      while (region > 0 && !((logits[at + region - 1] as number) > 0)) region--;
      return region;
    },
    shared: () => 0,
    probability: (logit, all) => (Number.isNaN(all) ? 0 : sigmoid(logit)),
    // The mean over regions of −p log₂ p − (1 − p) log₂ (1 − p).
    entropy: (logits) => {
      let sum = 0;
      for (let r = 0; r < outputs; r++) sum += binaryEntropy(sigmoid(logits[r] as number));
      return sum / outputs;
    },
  };
}

function binaryEntropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
}
