import * as tf from '@tensorflow/tfjs-core';
import { copy, dispose, keep, type Tensor } from '../../tensor.ts';
import { addInPlace, adamwStep, movingAverage, squaredNorm, type AdamwNumbers } from '../../update.ts';
import { between, constant, defineCase, type Case, type Numbers } from '../case.ts';

const numbers: AdamwNumbers = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-3,
  step: 1,
  gradientScale: 0.7,
};
const rates = { learningRate: 0.01, weightDecay: 0.05 };

export const updateCases: readonly Case[] = [
  ...[10, 4099].map((n) =>
    defineCase(
      `adamwStep of ${n} values`,
      [constant(n), constant(n), between(0, 1, n), constant(n)],
      (value, m, v, gradient) => {
        const start = { value: keep(copy(value)), m: keep(copy(m)), v: keep(copy(v)) };
        const first = adamwStep([{ ...start, gradient, ...rates }], numbers);
        const second = adamwStep(
          first.map((state) => ({ ...state, gradient, ...rates })),
          { ...numbers, step: 2 },
        );
        const state = second.flatMap((s) => [s.value, s.m, s.v]);
        const all = tf.concat(state);
        dispose(...state);
        return all;
      },
      (value, m, v, gradient) => adamw(adamw([...value, ...m, ...v], gradient, 1), gradient, 2),
    ),
  ),
  ...[10, 16_411].flatMap((n) => [
    defineCase(
      `movingAverage of ${n} values`,
      [constant(n), constant(n)],
      (average, value) => released(movingAverage(keep(copy(average)), value, 0.996)),
      (average, value) => average.map((a, i) => 0.996 * a + 0.004 * (value[i] as number)),
    ),
    defineCase(
      `addInPlace of ${n} values`,
      [constant(n), constant(n)],
      (sum, part) => released(addInPlace(keep(copy(sum)), part)),
      (sum, part) => sum.map((value, i) => value + (part[i] as number)),
    ),
    defineCase(
      `squaredNorm of ${n} values`,
      [constant(n)],
      (x) => squaredNorm([x]),
      (x) => [x.reduce((sum, value) => sum + value * value, 0)],
    ),
  ]),
];

/** The same values in a tensor that belongs to the current scope. */
function released(kept: Tensor): Tensor {
  const copied = copy(kept);
  kept.dispose();
  return copied;
}

/** Loshchilov and Hutter (2019), algorithm 2, on value, m and v one after the other. */
function adamw(state: Numbers, gradient: Numbers, step: number): Numbers {
  const n = gradient.length;
  const { beta1, beta2, epsilon } = numbers;
  const { learningRate, weightDecay } = rates;
  const g = gradient.map((value) => value * numbers.gradientScale);
  const m = state.slice(n, 2 * n).map((value, i) => beta1 * value + (1 - beta1) * (g[i] as number));
  const v = state.slice(2 * n).map((value, i) => beta2 * value + (1 - beta2) * (g[i] as number) ** 2);
  const value = state.slice(0, n).map((old, i) => {
    const corrected = (m[i] as number) / (1 - beta1 ** step);
    const deviation = Math.sqrt((v[i] as number) / (1 - beta2 ** step));
    return old - learningRate * weightDecay * old - (learningRate * corrected) / (deviation + epsilon);
  });
  return [...value, ...m, ...v];
}
