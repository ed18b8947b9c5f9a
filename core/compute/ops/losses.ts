import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** Mean squared error over all values; the target gets no gradient. Scalar. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  const kernels = fused();
  const n = prediction.size;
  return operation(
    [prediction],
    (save) => {
      save(prediction);
      save(target);
      if (kernels !== undefined) return tf.reshape(tf.div(kernels.run('TesseraSquaredDistance', [prediction, target]), n), []);
      return tf.mean(tf.squaredDifference(prediction, target));
    },
    (dy, [p = prediction, t = target]) => {
      if (kernels === undefined) return [tf.mul(tf.sub(p, t), tf.mul(dy, 2 / n))];
      return [tf.mul(kernels.run('TesseraScaledDifference', [p, t, settings(2 / n)]), dy)];
    },
  );
}

/** Mean absolute error over all values; the target gets no gradient. Scalar. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor): Tensor {
  const n = prediction.size;
  return operation(
    [prediction],
    (save) => {
      const difference = tf.sub(prediction, target);
      save(tf.sign(difference));
      return tf.mean(tf.abs(difference));
    },
    (dy, [sign = prediction]) => [tf.mul(sign, tf.div(dy, n))],
  );
}

/**
 * Mean over rows of − Σ_k a_k log softmax(logits)_k (method 2.6); the targets a get no gradient. Scalar.
 * @param logits (R, K)
 * @param targets (R, K), each row a distribution
 */
export function softCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  const rows = logits.shape[0];
  return operation(
    [logits],
    (save) => {
      save(logits);
      save(targets);
      return tf.div(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)))), rows);
    },
    (dy, [saved = logits, a = targets]) => [tf.mul(tf.sub(tf.softmax(saved), a), tf.div(dy, rows))],
  );
}
