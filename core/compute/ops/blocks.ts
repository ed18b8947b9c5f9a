import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import type { Tensor } from '../tensor.ts';

/** Times that an axis grows in one step: 2, or 1 where it stays. */
export type Growth = readonly [number, number, number];

/** (B, d, h, w, f·C) → (B, f0·d, f1·h, f2·w, C). */
export function unfold(blocks: Tensor, growth: Growth): Tensor {
  const [f0, f1, f2] = growth;
  const kernels = fused();
  if (kernels !== undefined && isTwofold(growth)) return kernels.run('TesseraUnfold', [blocks, settings(0)]);
  const [b = 0, d = 0, h = 0, w = 0, wide = 0] = blocks.shape;
  const c = wide / (f0 * f1 * f2);
  // Rank 6 at most: the WebAssembly backend returns garbage above it.
  const lines = tf.transpose(tf.reshape(blocks, [b * d, h, w, f0, f1, f2 * c]), [0, 3, 1, 4, 2, 5]);
  return tf.reshape(lines, [b, f0 * d, f1 * h, f2 * w, c]);
}

/** The inverse of {@link unfold}. */
export function fold(y: Tensor, growth: Growth): Tensor {
  const [f0, f1, f2] = growth;
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = y.shape;
  const kernels = fused();
  if (kernels !== undefined && isTwofold(growth)) return kernels.runMany('TesseraUnfoldGrad', [y, settings(c)], 2)[0] ?? y;
  const lines = tf.transpose(tf.reshape(y, [(b * d) / f0, f0, h / f1, f1, w / f2, f2 * c]), [0, 2, 4, 1, 3, 5]);
  return tf.reshape(lines, [b, d / f0, h / f1, w / f2, f0 * f1 * f2 * c]);
}

function isTwofold(growth: Growth): boolean {
  return growth.every((f) => f === 2);
}
