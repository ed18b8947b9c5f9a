import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from './fused.ts';
import type { Tensor } from './tensor.ts';

/** One step of AdamW: what all weights share. @see adamwStep */
export interface AdamwNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1-based. */
  readonly step: number;
  /** Factor on the gradients: clipping by the global norm. */
  readonly gradientScale: number;
}

export interface AdamwState {
  readonly value: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

export interface AdamwWeight extends AdamwState {
  readonly gradient: Tensor;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/**
 * AdamW (Loshchilov and Hutter, 2019, algorithm 2), as PyTorch computes it. Returns the new states in order and takes the old ones over:
 * in place where the backend can, else the old tensors are disposed.
 */
export function adamwStep(weights: readonly AdamwWeight[], n: AdamwNumbers): AdamwState[] {
  const kernels = fused();
  if (kernels === undefined) return weights.map((weight) => plainAdamwStep(weight, n));
  if (weights.length > 0)
    tf.tidy(() => {
      const { beta1, beta2, epsilon, step, gradientScale } = n;
      const lists = [weights.map((w) => w.value), weights.map((w) => w.m), weights.map((w) => w.v), weights.map((w) => w.gradient)];
      const rates = settings(...weights.flatMap(({ learningRate, weightDecay }) => [learningRate, weightDecay]));
      const numbers = settings(beta1, beta2, epsilon, 1 - beta1 ** step, 1 - beta2 ** step, gradientScale, 1 - beta1, 1 - beta2);
      kernels.runOnLists('TesseraAdamW', lists, [rates, numbers]);
    });
  return weights.map(({ value, m, v }) => ({ value, m, v }));
}

function plainAdamwStep({ value, m, v, gradient, learningRate, weightDecay }: AdamwWeight, n: AdamwNumbers): AdamwState {
  const [newValue, newM, newV] = tf.tidy(() => {
    const g = tf.mul(gradient, n.gradientScale);
    const m1 = tf.add(tf.mul(m, n.beta1), tf.mul(g, 1 - n.beta1));
    const v1 = tf.add(tf.mul(v, n.beta2), tf.mul(tf.square(g), 1 - n.beta2));
    const root = tf.add(tf.div(tf.sqrt(v1), Math.sqrt(1 - n.beta2 ** n.step)), n.epsilon);
    const decayed = tf.mul(value, 1 - learningRate * weightDecay);
    const step = tf.mul(tf.div(m1, root), learningRate / (1 - n.beta1 ** n.step));
    const stepped: [Tensor, Tensor, Tensor] = [tf.sub(decayed, step), m1, v1];
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
      kernels.runOnLists('TesseraMovingAverage', [[average], [value]], [settings(mu)]);
    });
    return average;
  }
  const next = tf.keep(tf.tidy(() => tf.add(tf.mul(average, mu), tf.mul(value, 1 - mu))));
  average.dispose();
  return next;
}

/** {@link movingAverage} of all averages that have a value of the same name; the map then holds the new ones. */
export function movingAverages(averages: Map<string, Tensor>, values: ReadonlyMap<string, Tensor>, mu: number): void {
  const pairs = [...averages].flatMap(([name, average]) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ name, average, value }];
  });
  const kernels = fused();
  if (kernels === undefined) for (const { name, average, value } of pairs) averages.set(name, movingAverage(average, value, mu));
  else if (pairs.length > 0)
    tf.tidy(() => {
      const lists = [pairs.map((pair) => pair.average), pairs.map((pair) => pair.value)];
      kernels.runOnLists('TesseraMovingAverage', lists, [settings(mu)]);
    });
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

/** Sum of squares of all values of all tensors, as a tensor of one element. */
export function squaredNorm(tensors: readonly Tensor[]): Tensor {
  const kernels = fused();
  if (tensors.length === 0) return tf.zeros([1]);
  if (kernels !== undefined) return kernels.runOnLists('TesseraSquaredNorm', [tensors]);
  return tf.tidy(() => tf.reshape(tf.sum(tf.concat(tensors.map((x) => tf.reshape(tf.sum(tf.square(x)), [1])))), [1]));
}
