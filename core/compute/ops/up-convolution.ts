import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Transposed convolution of kernel 2 and stride 2 without bias: every voxel becomes a 2x2x2 block. It is a matrix product and a
 * rearrangement (tfjs has no gradient for conv3dTranspose).
 * @param x (B, d, h, w, Ci)
 * @param weight (Ci, 8·Co), the eight outputs ordered (dz, dy, dx, Co)
 * @returns (B, 2d, 2h, 2w, Co)
 */
export function upConv2(x: Tensor, weight: Tensor): Tensor {
  const [b = 0, d = 0, h = 0, w = 0, ci = 0] = x.shape;
  const wide = weight.shape[1] ?? 0;
  return operation(
    [x, weight],
    (save) => {
      save(x);
      const blocks = tf.reshape(tf.matMul(tf.reshape(x, [-1, ci]), weight as tf.Tensor2D), [b, d, h, w, wide]);
      return unfold(blocks);
    },
    (dy, [saved = x], needs) => {
      const g = tf.reshape(fold(dy), [-1, wide]) as tf.Tensor2D;
      return [
        needs[0] ? tf.reshape(tf.matMul(g, weight as tf.Tensor2D, false, true), x.shape) : undefined,
        needs[1] ? tf.matMul(tf.reshape(saved, [-1, ci]), g, true) : undefined,
      ];
    },
  );
}

/** (B, d, h, w, 8C) → (B, 2d, 2h, 2w, C). */
function unfold(blocks: Tensor): Tensor {
  const kernels = fused();
  if (kernels !== undefined) return kernels.run('TesseraUnfold', [blocks, settings(0)]);
  const [b = 0, d = 0, h = 0, w = 0, wide = 0] = blocks.shape;
  const c = wide / 8;
  // Rank 6 at most: the WebAssembly backend returns garbage above it.
  const lines = tf.transpose(tf.reshape(blocks, [b * d, h, w, 2, 2, 2 * c]), [0, 3, 1, 4, 2, 5]);
  return tf.reshape(lines, [b, 2 * d, 2 * h, 2 * w, c]);
}

/** The inverse of {@link unfold}. */
function fold(y: Tensor): Tensor {
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = y.shape;
  const kernels = fused();
  if (kernels !== undefined) return kernels.runMany('TesseraUnfoldGrad', [y, settings(c)], 2)[0] ?? y;
  const lines = tf.transpose(tf.reshape(y, [(b * d) / 2, 2, h / 2, 2, w / 2, 2 * c]), [0, 2, 4, 1, 3, 5]);
  return tf.reshape(lines, [b, d / 2, h / 2, w / 2, 8 * c]);
}
