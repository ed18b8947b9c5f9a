import * as tf from '@tensorflow/tfjs-core';
import { fused } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** GELU with the exact error function (not the tanh approximation). */
export function gelu(x: Tensor): Tensor {
  const kernels = fused();
  return operation(
    [x],
    (save) => {
      save(x);
      if (kernels !== undefined) return kernels.run('TesseraGelu', [x]);
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    },
    (dy, [saved = x]) => {
      if (kernels !== undefined) return [kernels.run('TesseraGeluGrad', [dy, saved])];
      const cumulative = tf.mul(tf.add(tf.erf(tf.mul(saved, Math.SQRT1_2)), 1), 0.5);
      const density = tf.mul(tf.exp(tf.mul(tf.square(saved), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [tf.mul(dy, tf.add(cumulative, tf.mul(saved, density)))];
    },
  );
}
