import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Binary cross-entropy of logits, averaged over the answers that are known (torch's BCEWithLogitsLoss, with a mask). 0 where none is.
 * @param logits (B, L)
 * @param targets (B, L): 0, 1, or negative where unknown; no gradient
 * @returns scalar
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return operation(
    [logits],
    (save) => {
      save(logits);
      save(targets);
      const { known, count } = knownOf(targets);
      const surprise = tf.sub(tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))), tf.mul(logits, targets));
      return tf.div(tf.sum(tf.mul(surprise, known)), count);
    },
    (dy, [saved = logits, t = targets]) => {
      const { known, count } = knownOf(t);
      return [tf.mul(tf.mul(tf.sub(tf.sigmoid(saved), t), known), tf.div(dy, count))];
    },
  );
}

function knownOf(targets: Tensor): { known: Tensor; count: Tensor } {
  const known = tf.cast(tf.greaterEqual(targets, 0), 'float32');
  return { known, count: tf.maximum(tf.sum(known), 1) };
}
