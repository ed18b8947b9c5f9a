import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** (x − mean) / sqrt(variance + floor) over the last axis, the variance that of the population. No gradient. */
export function standardiseRows(x: Tensor, floor: number): Tensor {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), floor)));
  });
}

/** Rows shorter than this are divided by it instead, as in torch.nn.functional.normalize. */
const SHORTEST = 1e-12;

/** Each row to length 1, with the gradient through the length. @param x (R, K) */
export function unitRows(x: Tensor): Tensor {
  return operation(
    [x],
    (save) => {
      const inverse = tf.reciprocal(tf.maximum(tf.sqrt(tf.sum(tf.square(x), -1, true)), SHORTEST));
      const y = tf.mul(x, inverse);
      save(y);
      save(inverse);
      return y;
    },
    (dy, [y = x, inverse = x]) => {
      const along = tf.sum(tf.mul(dy, y), -1, true);
      return [tf.mul(tf.sub(dy, tf.mul(y, along)), inverse)];
    },
  );
}
