import * as tf from '@tensorflow/tfjs-core';
import { fused } from '../fused.ts';
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
  if (tf.getBackend() === 'webgpu' && (a.shape[transposeA ? 0 : 1] ?? 0) >= SPLIT_ON_WEBGPU) return withGeneralProgram(product);
  return product();

  function product(): Tensor {
    const [left, right] = [a as tf.Tensor2D, b as tf.Tensor2D];
    if (bias === undefined) return tf.matMul(left, right, transposeA, transposeB);
    const kernels = fused();
    if (kernels === undefined) return tf.fused.matMul({ a: left, b: right, transposeA, transposeB, bias });
    const rows = tf.matMul(left, right, transposeA, transposeB);
    tf.tidy(() => {
      kernels.run('TesseraAddBias', [rows, bias]);
    });
    return rows;
  }
}

/** From this many terms on, tfjs's WebGPU kernel may add up parts of a sum atomically, which came out wrong (Dawn on SwiftShader). */
const SPLIT_ON_WEBGPU = 2000;
const PROGRAM_TYPE = 'WEBGPU_MATMUL_PROGRAM_TYPE';
/** `MatMulProgramType` of the backend: the general program, and the choice left to tfjs. */
const GENERAL = 3;
const AUTOMATIC = -1;

function withGeneralProgram(f: () => Tensor): Tensor {
  tf.env().set(PROGRAM_TYPE, GENERAL);
  try {
    return f();
  } finally {
    tf.env().set(PROGRAM_TYPE, AUTOMATIC);
  }
}
