import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** Layer normalisation over the last axis with weight and bias of its width. @param x (..., d) */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const kernels = fused();
  if (kernels !== undefined)
    return operation(
      [x, weight, bias],
      (save) => {
        const [y = x, stats = x] = kernels.runMany('TesseraLayerNorm', [x, weight, bias, settings(epsilon)], 2);
        save(x);
        save(stats);
        return y;
      },
      (dy, [saved = x, stats = x], _, [, weightSum, biasSum]) => {
        const given = [dy, saved, weight, stats];
        if (weightSum === undefined || biasSum === undefined) return kernels.runMany('TesseraLayerNormGrad', given, 3);
        return [kernels.run('TesseraAddLayerNormGrad', [...given, weightSum, biasSum]), weightSum, biasSum];
      },
    );
  return operation(
    [x, weight, bias],
    (save) => {
      const { normal, scale } = normalise(x, epsilon);
      save(normal);
      save(scale);
      return tf.add(tf.mul(normal, weight), bias);
    },
    (dy, [normal = x, scale = x]) => {
      const g = tf.mul(dy, weight);
      const mean = tf.mean(g, -1, true);
      const dot = tf.mean(tf.mul(g, normal), -1, true);
      const dx = tf.mul(tf.sub(tf.sub(g, mean), tf.mul(normal, dot)), scale);
      const leading = dy.shape.map((_, i) => i).slice(0, -1);
      return [dx, tf.sum(tf.mul(dy, normal), leading), tf.sum(dy, leading)];
    },
  );
}

function normalise(x: Tensor, epsilon: number): { normal: Tensor; scale: Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return { normal: tf.mul(centred, scale), scale };
}
