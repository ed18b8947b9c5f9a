import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '../tensor.ts';
import { matMul } from './mat-mul.ts';

/**
 * The three passes of a 3x3x3 convolution of channels-last volumes. TensorFlow has kernels for them. On WebAssembly the stock Conv3D
 * runs at 0.4 GFLOP/s and its gradients are wrong: there the three depth neighbours are stacked as channels of one 2-D convolution
 * (23 GFLOP/s); WebGPU takes the same way.
 */
export function convolve(x: Tensor, weight: Tensor): Tensor {
  if (tf.getBackend() === 'tensorflow') return tf.conv3d(x as tf.Tensor5D, weight as tf.Tensor5D, 1, 'same');
  const [b = 0, d = 0, h = 0, w = 0] = x.shape;
  const [, , , ci = 0, co = 0] = weight.shape;
  // Weight (kd, kh, kw, ci, co) → (kh, kw, kd·ci, co): the stacked channels run over depth first.
  const flat = tf.reshape(tf.transpose(weight, [1, 2, 0, 3, 4]), [3, 3, 3 * ci, co]);
  const y = tf.conv2d(stackDepth(x), flat as tf.Tensor4D, 1, 'same');
  return tf.reshape(y, [b, d, h, w, co]);
}

/** Gradient for x: the convolution of dy with the weight turned round in space and with its channel axes swapped. */
export function inputGradient(dy: Tensor, weight: Tensor, shape: readonly number[]): Tensor {
  if (tf.getBackend() === 'tensorflow')
    return tf
      .engine()
      .runKernel(
        'Conv3DBackpropInputV2',
        { dy, filter: weight },
        { pad: 'same', strides: 1, inputShape: [...shape] as [number, number, number, number, number] },
      );
  return convolve(dy, tf.transpose(turned(weight), [0, 1, 2, 4, 3]));
}

/** Gradient for the weight: (3, 3, 3, Ci, Co). */
export function filterGradient(x: Tensor, dy: Tensor): Tensor {
  const [b = 0, d = 0, h = 0, w = 0, ci = 0] = x.shape;
  const co = dy.shape[4] ?? 0;
  if (tf.getBackend() === 'tensorflow')
    return tf.engine().runKernel('Conv3DBackpropFilterV2', { x, dy }, { pad: 'same', strides: 1, filterShape: [3, 3, 3, ci, co] });
  const padded = tf.pad(stackDepth(x), [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const g = tf.reshape(dy, [b * d * h * w, co]);
  const shifted = [0, 1, 2].flatMap((kh) =>
    [0, 1, 2].map((kw) =>
      tf.tidy(() => matMul(tf.reshape(tf.slice(padded, [0, kh, kw, 0], [b * d, h, w, 3 * ci]), [-1, 3 * ci]), g, { transposeA: true })),
    ),
  );
  // (kh·kw, kd, ci, co) → (kd, kh·kw, ci, co)
  const stacked = tf.transpose(tf.reshape(tf.concat(shifted, 0), [9, 3, ci, co]), [1, 0, 2, 3]);
  return tf.reshape(stacked, [3, 3, 3, ci, co]);
}

/** (B, D, H, W, C) → (B·D, H, W, 3C): each slice with its lower and upper neighbour, zero outside. */
function stackDepth(x: Tensor): tf.Tensor4D {
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = x.shape;
  const padded = tf.pad(tf.reshape(x, [b, d, h * w, c]), [
    [0, 0],
    [1, 1],
    [0, 0],
    [0, 0],
  ]);
  const neighbours = [0, 1, 2].map((k) => tf.slice(padded, [0, k, 0, 0], [b, d, h * w, c]));
  return tf.reshape(tf.concat(neighbours, 3), [b * d, h, w, 3 * c]);
}

/** Reversed along the three spatial axes. */
function turned(weight: Tensor): Tensor {
  const [, , , ci = 0, co = 0] = weight.shape;
  return tf.reshape(tf.reverse(tf.reshape(weight, [27, ci * co]), 0), [3, 3, 3, ci, co]);
}
