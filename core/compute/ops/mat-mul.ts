import * as tf from '@tensorflow/tfjs-core';
import { fused, type FusedKernels } from '../fused.ts';
import type { Tensor } from '../tensor.ts';

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Added to every row of the product. */
  readonly bias?: Tensor | undefined;
}

/**
 * Product of two matrices; of an operand with more axes, all but the last are its rows.
 * @param a (..., K), or with `transposeA` (K..., M)
 * @param b (K..., N), or with `transposeB` (N, K)
 * @returns (..., N), or with `transposeA` (M, N)
 */
export function matMul(a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor {
  const kernels = kernelsFor(a, b, options);
  if (kernels !== undefined) return compiled(kernels, a, b, options);
  const product = library(asMatrix(a), asMatrix(b), options);
  return options.transposeA === true ? product : shaped(product, [...a.shape.slice(0, -1), product.shape[1] ?? 0]);
}

/**
 * a^T b and the sums of a's columns: of a linear layer, given the gradient of its output and its input, those of weight and bias.
 * Where `product` and `sums` are given and the backend can, they are added to and returned themselves.
 */
export function matMulAndSums(a: Tensor, b: Tensor, product?: Tensor, sums?: Tensor): Tensor[] {
  const kernels = kernelsFor(a, b, { transposeA: true });
  if (kernels === undefined) return [matMul(a, b, { transposeA: true }), columnSum(a)];
  if (product === undefined || sums === undefined) return kernels.runMany('TesseraLinearGrad', [a, b], 2);
  kernels.run('TesseraAddLinearGrad', [a, b, product, sums]);
  return [product, sums];
}

/** (..., C) → (C). */
export function columnSum(x: Tensor): Tensor {
  const kernels = fused();
  return kernels === undefined ? tf.sum(asMatrix(x), 0) : kernels.run('TesseraColumnSum', [x]);
}

/** The compiled product takes widths that its vectors divide, and matrices that are worth putting into its order. */
function kernelsFor(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, bias }: MatMulOptions): FusedKernels | undefined {
  const [widthA, widthB] = [a.shape.at(-1) ?? 0, b.shape.at(-1) ?? 0];
  const [rows, terms] = transposeA ? [widthA, a.size / widthA] : [a.size / widthA, widthA];
  const columns = transposeB ? b.size / widthB : widthB;
  const fits = columns >= 64 && columns % 16 === 0 && rows >= 16 && terms >= 16;
  // No caller transposes both, or adds a bias to another product than a linear layer's.
  const known = !(transposeA && transposeB) && (bias === undefined || (transposeB && !transposeA));
  return fits && known ? fused() : undefined;
}

function compiled(kernels: FusedKernels, a: Tensor, b: Tensor, { transposeA, transposeB, bias }: MatMulOptions): Tensor {
  if (bias !== undefined) return kernels.run('TesseraLinear', [a, b, bias]);
  if (transposeA === true) return kernels.run('TesseraMatMulTransposeA', [a, b]);
  return kernels.run(transposeB === true ? 'TesseraMatMulTransposeB' : 'TesseraMatMul', [a, b]);
}

/**
 * The library's product. Where an operand is to be transposed, tfjs's WebAssembly kernel takes a path ten times slower which, besides,
 * adds the bias wrongly: there the operand is transposed first.
 */
function library(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, bias }: MatMulOptions): Tensor {
  if (tf.getBackend() === 'wasm' && (transposeA || transposeB))
    return tf.tidy(() => library(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b, { bias }));
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

function asMatrix(x: Tensor): Tensor {
  return shaped(x, [x.size / (x.shape.at(-1) ?? 1), x.shape.at(-1) ?? 1]);
}

/** A reshape costs a call of the backend: only where there is something to do. */
function shaped(x: Tensor, shape: readonly number[]): Tensor {
  return x.shape.length === shape.length ? x : tf.reshape(x, [...shape]);
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
