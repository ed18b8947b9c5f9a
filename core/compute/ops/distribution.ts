import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** softmax(x / temperature) of each row, without gradient: the teacher's sharpened output. @param x (R, K) */
export function sharpen(x: Tensor, temperature: number): Tensor {
  return tf.tidy(() => tf.softmax(tf.mul(x, 1 / temperature), -1));
}

/**
 * Distributions over the columns that use every column equally often over the rows: of exp(x / temperature), columns and then rows are
 * divided by their sums, `rounds` times (Sinkhorn and Knopp; SwAV, DINOv2). Computed with logarithms, where sharp rows do not overflow.
 * @param x (R, K) @returns (R, K), each row of sum 1; no gradient
 */
export function sinkhorn(x: Tensor, temperature: number, rounds: number): Tensor {
  return tf.tidy(() => {
    let logits = tf.mul(x, 1 / temperature);
    for (let round = 0; round < rounds; round++) {
      logits = tf.sub(logits, tf.logSumExp(logits, 0, true));
      logits = tf.sub(logits, tf.logSumExp(logits, 1, true));
    }
    return tf.exp(logits);
  });
}

/**
 * Each column to mean 0 and standard deviation 1 over the rows, with the gradient through mean and deviation.
 * @param x (R, K), R of 2 or more
 */
export function standardiseColumns(x: Tensor, epsilon: number): Tensor {
  return operation(
    [x],
    (save) => {
      const centred = tf.sub(x, tf.mean(x, 0, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 0, true), epsilon));
      const y = tf.mul(centred, scale);
      save(y);
      save(scale);
      return y;
    },
    (dy, [y = x, scale = x]) => {
      const mean = tf.mean(dy, 0, true);
      const dot = tf.mean(tf.mul(dy, y), 0, true);
      return [tf.mul(tf.sub(tf.sub(dy, mean), tf.mul(y, dot)), scale)];
    },
  );
}

/**
 * Mean over pairs of different columns of their squared correlation over the rows: 1 where all columns say the same, 0 where none says
 * anything of another. Scalar.
 * @param y (R, K), columns of mean 0 and standard deviation 1, K of 2 or more
 */
export function meanSquaredCorrelation(y: Tensor): Tensor {
  const [rows = 1, columns = 2] = y.shape;
  const pairs = columns * (columns - 1);
  return operation(
    [y],
    (save) => {
      const matrix = tf.mul(tf.matMul(y as tf.Tensor2D, y as tf.Tensor2D, true), 1 / rows);
      const apart = tf.mul(matrix, tf.sub(1, tf.eye(columns)));
      save(y);
      save(apart);
      return tf.mul(tf.sum(tf.square(apart)), 1 / pairs);
    },
    (dy, [saved = y, apart = y]) => [tf.mul(tf.matMul(saved as tf.Tensor2D, apart as tf.Tensor2D), tf.mul(dy, 4 / (rows * pairs)))],
  );
}

/** Mean and variance of each column, without gradient. @returns each (1, K) */
export function columnMoments(x: Tensor): { mean: Tensor; variance: Tensor } {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(x, 0, true);
    return { mean, variance };
  });
}

/** (x − mean) / sqrt(variance + ε) for given numbers; the gradient takes them as constants. @param moments each (1, K) */
export function standardiseBy(x: Tensor, moments: { readonly mean: Tensor; readonly variance: Tensor }, epsilon: number): Tensor {
  return operation(
    [x],
    (save) => {
      const scale = tf.rsqrt(tf.add(moments.variance, epsilon));
      save(scale);
      return tf.mul(tf.sub(x, moments.mean), scale);
    },
    (dy, [scale = x]) => [tf.mul(dy, scale)],
  );
}

/** Mean of every `size` rows in a row: (G·size, K) → (G, K). No gradient. */
export function groupMean(x: Tensor, size: number): Tensor {
  return tf.tidy(() => tf.mean(tf.reshape(x, [x.size / (size * (x.shape[1] ?? 1)), size, x.shape[1] ?? 1]), 1));
}

/** Every row `times` times in a row: (G, K) → (G·times, K). No gradient. */
export function repeatRows(x: Tensor, times: number): Tensor {
  return tf.tidy(() => tf.reshape(tf.tile(tf.expandDims(x, 1), [1, times, 1]), [-1, x.shape[1] ?? 1]));
}

/**
 * The meters of method 6.3 for teacher distributions a (R, K) and outputs t (R, K): mean entropy of a row, entropy of the mean row, mean
 * over columns of the standard deviation of t over rows. Scalars.
 */
export function distributionMeters(a: Tensor, t: Tensor): { entropy: Tensor; meanEntropy: Tensor; spread: Tensor } {
  return tf.tidy(() => ({
    entropy: tf.mean(entropyOfRows(a)),
    meanEntropy: tf.sum(entropyOfRows(tf.mean(a, 0, true))),
    spread: tf.mean(tf.sqrt(tf.moments(t, 0).variance)),
  }));
}

/**
 * The same meters over several batches: the mean entropy of the rows a (R, K) of this one, the entropy of the running mean of such rows,
 * and the mean over columns of the root of the running variance of outputs. @param meanRow (1, K) @param variance (1, K)
 */
export function runningDistributionMeters(
  a: Tensor,
  meanRow: Tensor,
  variance: Tensor,
): { entropy: Tensor; meanEntropy: Tensor; spread: Tensor } {
  return tf.tidy(() => ({
    entropy: tf.mean(entropyOfRows(a)),
    meanEntropy: tf.sum(entropyOfRows(meanRow)),
    spread: tf.mean(tf.sqrt(variance)),
  }));
}

function entropyOfRows(a: Tensor): Tensor {
  return tf.neg(tf.sum(tf.mul(a, tf.log(tf.maximum(a, 1e-12))), -1));
}
