import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

const EPSILON = 1e-5;

/**
 * Group normalisation, weight and bias of each channel, ReLU (torch.nn.GroupNorm, epsilon 1e-5): each of the groups of neighbouring
 * channels has one mean and one deviation in each sample.
 * @param x (B, D, H, W, C)
 * @param weight (C)
 * @param bias (C)
 * @param groups must divide C
 */
export function groupNormRelu(x: Tensor, weight: Tensor, bias: Tensor, groups: number): Tensor {
  const kernels = fused();
  if (kernels !== undefined)
    return operation(
      [x, weight, bias],
      (save) => {
        const [y = x, stats = x] = kernels.runMany('TesseraGroupNorm', [x, weight, bias, settings(groups, EPSILON)], 2);
        save(x);
        save(y);
        save(stats);
        return y;
      },
      (dy, [saved = x, y = x, stats = x]) =>
        kernels.runMany('TesseraGroupNormGrad', [dy, y, saved, weight, stats, settings(groups, EPSILON)], 3),
    );
  return operation(
    [x, weight, bias],
    (save) => {
      const { normal, scale } = normalise(x, groups);
      const y = tf.relu(tf.add(tf.mul(normal, weight), bias));
      save(normal);
      save(scale);
      save(y);
      return tf.reshape(y, x.shape);
    },
    (dy, [normal = dy, scale = dy, y = dy]) => {
      const dz = tf.mul(tf.reshape(dy, y.shape), tf.cast(tf.greater(y, 0), 'float32'));
      const byGroup = groupedShape(x.shape, groups);
      const n = tf.reshape(normal, byGroup);
      const dn = tf.reshape(tf.mul(dz, weight), byGroup);
      const mean = tf.mean(dn, WITHIN, true);
      const dot = tf.mean(tf.mul(dn, n), WITHIN, true);
      const dx = tf.mul(tf.sub(tf.sub(dn, mean), tf.mul(n, dot)), scale);
      return [tf.reshape(dx, x.shape), tf.sum(tf.mul(dz, normal), [0, 1]), tf.sum(dz, [0, 1])];
    },
  );
}

/** Voxels and channels of a group, in (B, V, G, C/G). */
const WITHIN = [1, 3];

function groupedShape([b = 0, d = 0, h = 0, w = 0, c = 0]: readonly number[], groups: number): [number, number, number, number] {
  return [b, d * h * w, groups, c / groups];
}

/** @returns normal (B, V, C), scale (B, 1, G, 1) */
function normalise(x: Tensor, groups: number): { normal: Tensor; scale: Tensor } {
  const shape = groupedShape(x.shape, groups);
  const values = tf.reshape(x, shape);
  const centred = tf.sub(values, tf.mean(values, WITHIN, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), WITHIN, true), EPSILON));
  return { normal: tf.reshape(tf.mul(centred, scale), [shape[0], shape[1], shape[2] * shape[3]]), scale };
}
