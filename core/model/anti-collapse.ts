import {
  add,
  columnMoments,
  dispose,
  keep,
  movingAverage,
  multiplyByConstant,
  scale,
  scope,
  sharpen,
  sinkhorn,
  standardiseBy,
  standardiseColumns,
  subtractConstant,
  tensor,
  untracked,
  zeros,
  type Tensor,
} from '../compute/index.ts';
import type { MethodSettings } from './method-settings.ts';
import type { MethodState } from './pretraining-method.ts';

/**
 * What keeps teacher and student from one constant answer (method 4.5, 4.8, 6.4). One form of it for each value of `antiCollapse`.
 */
export interface Guard {
  /** a: the distributions that the teacher's outputs stand for. No gradient. @param e (B·p, K) */
  targets(e: Tensor, temperature: number): Tensor;
  /** The student's outputs as they are compared, before the temperature. @param e (B·(p + q), K) */
  student(e: Tensor): Tensor;
  state(): MethodState;
  restore(state: MethodState): void;
  dispose(): void;
}

type GuardSettings = Pick<MethodSettings, 'antiCollapse' | 'centreMomentum' | 'sinkhornRounds'> & {
  readonly head: { readonly out: number };
};

/** The form that the settings ask for (method 4.5). */
export function createGuard(s: GuardSettings): Guard {
  switch (s.antiCollapse) {
    case 'none':
      return { ...stateless, targets: sharpen };
    case 'sinkhorn':
      return { ...stateless, targets: (e, temperature) => sinkhorn(e, temperature, s.sinkhornRounds) };
    case 'centre':
      return new Centre(s.head.out, s.centreMomentum);
    case 'standardise':
      return new Standardise(s.head.out);
  }
}

const stateless = {
  student: (e: Tensor): Tensor => e,
  state: (): MethodState => ({ tensors: new Map(), numbers: {} }),
  restore: (): void => undefined,
  dispose: (): void => undefined,
};

/** a = softmax((E − C)/τ_m); then C ← ν C + (1 − ν) mean(E) (DINO; method 4.5, 6.1). C starts as 0. */
class Centre implements Guard {
  readonly student = stateless.student;
  private centre: Tensor;
  private readonly momentum: number;

  constructor(width: number, momentum: number) {
    this.centre = keep(zeros([1, width]));
    this.momentum = momentum;
  }

  targets(e: Tensor, temperature: number): Tensor {
    return scope(() =>
      untracked(() => {
        const a = sharpen(subtractConstant(e, this.centre), temperature);
        this.centre = keep(movingAverage(this.centre, columnMoments(e).mean, this.momentum));
        return a;
      }),
    );
  }

  state(): MethodState {
    return { tensors: new Map([['centre', this.centre]]), numbers: {} };
  }

  restore({ tensors }: MethodState): void {
    const centre = tensors.get('centre');
    if (centre === undefined) return;
    dispose(this.centre);
    this.centre = centre;
  }

  dispose(): void {
    dispose(this.centre);
  }
}

/** Outputs standardised over the batch, teacher and student apart (method 4.8). */
class Standardise implements Guard {
  private readonly moments: { readonly teacher: RunningMoments; readonly student: RunningMoments };

  constructor(width: number) {
    this.moments = { teacher: freshMoments(width), student: freshMoments(width) };
  }

  targets(e: Tensor, temperature: number): Tensor {
    return untracked(() => scope(() => sharpen(standardised(e, this.moments.teacher), temperature)));
  }

  student(e: Tensor): Tensor {
    return standardised(e, this.moments.student);
  }

  state(): MethodState {
    const tensors = new Map<string, Tensor>();
    const numbers: Record<string, number> = {};
    for (const [name, moments] of Object.entries(this.moments)) {
      tensors.set(`statistics/${name}/mean`, moments.mean);
      tensors.set(`statistics/${name}/variance`, moments.variance);
      numbers[`${name}Count`] = moments.count;
    }
    return { tensors, numbers };
  }

  restore({ tensors, numbers }: MethodState): void {
    for (const [name, moments] of Object.entries(this.moments)) {
      const mean = tensors.get(`statistics/${name}/mean`);
      const variance = tensors.get(`statistics/${name}/variance`);
      if (mean === undefined || variance === undefined) continue;
      dispose(moments.mean, moments.variance);
      Object.assign(moments, { mean, variance, count: numbers[`${name}Count`] ?? 0 });
    }
  }

  dispose(): void {
    for (const { mean, variance } of Object.values(this.moments)) dispose(mean, variance);
  }
}

/** Spread that standardised outputs are brought to: logits / τ_s then have unit spread (method 4.8). */
const SPREAD = 0.1;
/** At the start the class token hardly depends on the input (std about 1e-3, method 6.4): the floor must lie below that. */
export const EPSILON = 1e-8;
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

/** Moments before any batch: mean 0, variance 1 (method 4.8). */
export function freshMoments(width: number): RunningMoments {
  return { mean: keep(zeros([1, width])), variance: keep(tensor(new Float32Array(width).fill(1), [1, width])), count: 0 };
}

/**
 * A(E) = 0.1 (E − m)/sqrt(v + 1e-8) (method 4.8): by the batch itself where it has rows enough, with the gradient through m and v, else
 * by running moments.
 * @param e (R, K)
 */
export function standardised(e: Tensor, running: RunningMoments): Tensor {
  return scope(() => {
    if (e.shape[0] >= ENOUGH_ROWS) return scale(standardiseColumns(e, EPSILON), SPREAD);
    untracked(() => {
      updateMoments(running, e);
    });
    return scale(standardiseBy(e, running, EPSILON), SPREAD);
  });
}

/** Takes the rows of a batch into a running mean and variance (method 4.8). No gradient. @param e (R, K) */
export function updateMoments(running: RunningMoments, e: Tensor): void {
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
