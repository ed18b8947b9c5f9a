import {
  add,
  columnMoments,
  movingAverage,
  multiplyByConstant,
  scale,
  scope,
  standardiseBy,
  standardiseColumns,
  subtractConstant,
  untracked,
  keep,
  tensor,
  type Tensor,
} from '../compute/index.ts';

/** Spread that standardised outputs are brought to: logits / τ_s then have unit spread (method 4.8). */
const SPREAD = 0.1;
/** At the start the class token hardly depends on the input (std about 1e-3, method 6.4): the floor must lie below that. */
const EPSILON = 1e-8;
/** With fewer rows than this a batch says too little about the spread of its outputs. */
export const ENOUGH_ROWS = 8;
const MOMENTUM = 0.9;

/** Running mean and variance of the outputs of one head, (1, K) each. */
export interface RunningMoments {
  mean: Tensor;
  variance: Tensor;
  /** Batches seen. */
  count: number;
}
export interface OutputStatistics {
  readonly teacher: RunningMoments;
  readonly student: RunningMoments;
}

export function freshMoments(width: number): RunningMoments {
  return {
    mean: keep(tensor(new Float32Array(width), [1, width])),
    variance: keep(tensor(new Float32Array(width).fill(1), [1, width])),
    count: 0,
  };
}

/**
 * Keeps the heads from the two trivial answers (one bin, flat): each output standardised over the batch, by the batch itself where it has
 * rows enough, else by running moments; or nothing, as published.
 * @param e (R, K)
 */
export function antiCollapse(e: Tensor, form: 'none' | 'standardise', running: RunningMoments | undefined): Tensor {
  if (form === 'none') return e;
  return scope(() => {
    if (e.shape[0] >= ENOUGH_ROWS || running === undefined) return scale(standardiseColumns(e, EPSILON), SPREAD);
    untracked(() => {
      updateMoments(running, e);
    });
    return scale(standardiseBy(e, running, EPSILON), SPREAD);
  });
}

function updateMoments(running: RunningMoments, e: Tensor): void {
  const now = columnMoments(e);
  // A mean of all batches so far at first, a moving average later.
  const mu = Math.min(MOMENTUM, running.count / (running.count + 1));
  // The variance of both together: how far the means lie apart counts too, else batches of one row would have no spread at all.
  const apart = subtractConstant(now.mean, running.mean);
  const variance = add(now.variance, scale(multiplyByConstant(apart, apart), mu));
  running.mean = keep(movingAverage(running.mean, now.mean, mu));
  running.variance = keep(movingAverage(running.variance, variance, mu));
  running.count += 1;
}
