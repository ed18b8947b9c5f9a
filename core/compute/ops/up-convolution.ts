import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { fold, unfold, type Growth } from './blocks.ts';
import { matMul } from './mat-mul.ts';

/**
 * Transposed convolution without bias whose stride equals its kernel: every voxel becomes a block of f0·f1·f2 voxels. It is a matrix
 * product and a rearrangement (tfjs has no gradient for conv3dTranspose).
 * @param x (B, d, h, w, Ci)
 * @param weight (Ci, f0·f1·f2·Co), the outputs of a block ordered (dz, dy, dx, Co)
 * @returns (B, f0·d, f1·h, f2·w, Co)
 */
export function upConv(x: Tensor, weight: Tensor, growth: Growth = [2, 2, 2]): Tensor {
  const [b = 0, d = 0, h = 0, w = 0, ci = 0] = x.shape;
  const wide = weight.shape[1] ?? 0;
  return operation(
    [x, weight],
    (save) => {
      save(x);
      const blocks = tf.reshape(matMul(tf.reshape(x, [-1, ci]), weight), [b, d, h, w, wide]);
      return unfold(blocks, growth);
    },
    (dy, [saved = x], needs) => {
      const g = tf.reshape(fold(dy, growth), [-1, wide]);
      return [
        needs[0] ? tf.reshape(matMul(g, weight, { transposeB: true }), x.shape) : undefined,
        needs[1] ? matMul(tf.reshape(saved, [-1, ci]), g, { transposeA: true }) : undefined,
      ];
    },
  );
}
