import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from './fused.ts';
import type { Tensor } from './tensor.ts';

/** One step of AdamW on one parameter. @see adamwStep */
export interface AdamwNumbers {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1-based. */
  readonly step: number;
  /** Factor on the gradient: clipping by the global norm. */
  readonly gradientScale: number;
}

export interface AdamwState {
  readonly value: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

/**
 * AdamW (Loshchilov and Hutter, 2019, algorithm 2), as PyTorch computes it. Returns the new state and takes the old one over:
 * in place where the backend can, else the old tensors are disposed.
 */
export function adamwStep(state: AdamwState, gradient: Tensor, n: AdamwNumbers): AdamwState {
  const { value, m, v } = state;
  const correction1 = 1 - n.beta1 ** n.step;
  const correction2 = 1 - n.beta2 ** n.step;
  const kernels = fused();
  if (kernels !== undefined) {
    tf.tidy(() => {
      const { learningRate, beta1, beta2, epsilon, weightDecay, gradientScale } = n;
      const rates = [learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2];
      const numbers = settings(...rates, gradientScale, 1 - beta1, 1 - beta2);
      kernels.run('TesseraAdamW', [value, m, v, gradient, numbers]);
    });
    return state;
  }
  const [newValue, newM, newV] = tf.tidy(() => {
    const g = tf.mul(gradient, n.gradientScale);
    const m1 = tf.add(tf.mul(m, n.beta1), tf.mul(g, 1 - n.beta1));
    const v1 = tf.add(tf.mul(v, n.beta2), tf.mul(tf.square(g), 1 - n.beta2));
    const root = tf.add(tf.div(tf.sqrt(v1), Math.sqrt(correction2)), n.epsilon);
    const decayed = tf.mul(value, 1 - n.learningRate * n.weightDecay);
    const stepped: [Tensor, Tensor, Tensor] = [tf.sub(decayed, tf.mul(tf.div(m1, root), n.learningRate / correction1)), m1, v1];
    return stepped;
  });
  tf.dispose([value, m, v]);
  return { value: tf.keep(newValue), m: tf.keep(newM), v: tf.keep(newV) };
}

/** mu·average + (1 − mu)·value (method 2.4). Returns the new average and takes the old one over. */
export function movingAverage(average: Tensor, value: Tensor, mu: number): Tensor {
  const kernels = fused();
  if (kernels !== undefined) {
    tf.tidy(() => {
      kernels.run('TesseraMovingAverage', [average, value, settings(mu)]);
    });
    return average;
  }
  const next = tf.keep(tf.tidy(() => tf.add(tf.mul(average, mu), tf.mul(value, 1 - mu))));
  average.dispose();
  return next;
}

/**
 * sum + part. Takes `sum` over: in place where the backend can. No other tensor may share its memory, which the caller must know:
 * a reference count does not tell, since TensorFlow's Reshape and others return a new tensor on the same buffer.
 */
export function addInPlace(sum: Tensor, part: Tensor): Tensor {
  const kernels = fused();
  if (kernels !== undefined) {
    // In braces: what tidy returns lives on, and the operation's empty result must not.
    tf.tidy(() => {
      kernels.run('TesseraAddTo', [sum, part]);
    });
    return sum;
  }
  const next = tf.keep(tf.add(sum, part));
  sum.dispose();
  return next;
}

/** Sum of squares of all values, as a tensor of one element. */
export function squaredNorm(x: Tensor): Tensor {
  const kernels = fused();
  return tf.tidy(() =>
    kernels === undefined ? tf.reshape(tf.sum(tf.square(x)), [1]) : kernels.run('TesseraSquaredDistance', [x, settings(0)]),
  );
}

/** The sum of one-element tensors, read back: one wait for the device for all of them. */
export async function readSum(parts: readonly Tensor[]): Promise<number> {
  if (parts.length === 0) return 0;
  const all = tf.tidy(() => tf.concat(parts.map((p) => tf.reshape(p, [1]))));
  try {
    const numbers = await all.data();
    let sum = 0;
    for (const n of numbers) sum += n;
    return sum;
  } finally {
    all.dispose();
  }
}
