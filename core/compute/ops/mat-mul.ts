import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '../tensor.ts';

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Added to every row of the product. */
  readonly bias?: Tensor | undefined;
}

/**
 * Product of two matrices. Where an operand is to be transposed, tfjs's WebAssembly kernel takes a path ten times slower which, besides,
 * adds the bias wrongly: there the operand is transposed first.
 */
export function matMul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, bias }: MatMulOptions = {}): Tensor {
  if (tf.getBackend() === 'wasm' && (transposeA || transposeB))
    return tf.tidy(() => matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b, { bias }));
  const [left, right] = [a as tf.Tensor2D, b as tf.Tensor2D];
  if (bias === undefined) return tf.matMul(left, right, transposeA, transposeB);
  return tf.fused.matMul({ a: left, b: right, transposeA, transposeB, bias });
}
