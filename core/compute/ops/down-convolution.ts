import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { fold, unfold } from './blocks.ts';
import { matMul } from './mat-mul.ts';

/**
 * 3x3x3 convolution of stride 2, zero padding 1, no bias: halves each side (torch.nn.Conv3d).
 * @param x (B, D, H, W, Ci), even sides
 * @param weight (3, 3, 3, Ci, Co)
 * @returns (B, D/2, H/2, W/2, Co)
 */
export function downConv3(x: Tensor, weight: Tensor): Tensor {
  const way = tf.getBackend() === 'tensorflow' ? kernels : products;
  return operation(
    [x, weight],
    (save) => {
      save(x);
      return way.forward(x, weight);
    },
    (dy, [saved = x], needs) => [
      needs[0] ? way.inputGradient(dy, weight, x.shape) : undefined,
      needs[1] ? way.filterGradient(saved, dy) : undefined,
    ],
  );
}

interface Passes {
  forward(x: Tensor, weight: Tensor): Tensor;
  inputGradient(dy: Tensor, weight: Tensor, shape: readonly number[]): Tensor;
  filterGradient(x: Tensor, dy: Tensor): Tensor;
}

type Shape5 = [number, number, number, number, number];

/** TensorFlow has kernels; its own padding would be at the far end, PyTorch's is at the near one. */
const kernels: Passes = {
  forward: (x, weight) => tf.conv3d(nearPadded(x) as tf.Tensor5D, weight as tf.Tensor5D, 2, 'valid'),
  inputGradient: (dy, weight, [b = 0, d = 0, h = 0, w = 0, c = 0]) => {
    const inputShape: Shape5 = [b, d + 1, h + 1, w + 1, c];
    const padded: Tensor = tf.engine().runKernel('Conv3DBackpropInputV2', { dy, filter: weight }, { pad: 'valid', strides: 2, inputShape });
    return tf.slice(padded, [0, 1, 1, 1, 0], [b, d, h, w, c]);
  },
  filterGradient: (x, dy) => {
    const filterShape: Shape5 = [3, 3, 3, x.shape[4] ?? 0, dy.shape[4] ?? 0];
    return tf.engine().runKernel('Conv3DBackpropFilterV2', { x: nearPadded(x), dy }, { pad: 'valid', strides: 2, filterShape });
  },
};

function nearPadded(x: Tensor): Tensor {
  return tf.pad(x, [
    [0, 0],
    [1, 0],
    [1, 0],
    [1, 0],
    [0, 0],
  ]);
}

/**
 * Elsewhere: with the padded volume cut into blocks of 2x2x2 voxels, each output sees its own block and the next one along every axis: a
 * sum of eight matrix products, one for each of these neighbours. No tensor is of higher rank than every backend handles.
 */
const products: Passes = {
  forward: (x, weight) => {
    const grid = outputGrid(x.shape);
    const blocks = blocksOf(x);
    const parts = blockWeights(weight);
    const sum = neighbours.map((at, i) => matMul(seenFrom(blocks, at, grid), part(parts, i))).reduce((a, b) => tf.add(a, b));
    return tf.reshape(sum, [...grid, weight.shape[4] ?? 0]);
  },
  inputGradient: (dy, weight, shape) => {
    const [b = 0, d = 0, h = 0, w = 0, c = 0] = shape;
    const g = tf.reshape(dy, [-1, dy.shape[4] ?? 0]);
    const parts = blockWeights(weight);
    const blocks = neighbours
      .map((at, i) => putBack(matMul(g, part(parts, i), { transposeB: true }), at, outputGrid(shape)))
      .reduce((a, b) => tf.add(a, b));
    const padded = unfold(tf.reshape(blocks, [b, d / 2 + 1, h / 2 + 1, w / 2 + 1, 8 * c]), [2, 2, 2]);
    return tf.reshape(tf.slice(tf.reshape(padded, [b, d + 2, h + 2, (w + 2) * c]), [0, 1, 1, c], [b, d, h, w * c]), [...shape]);
  },
  filterGradient: (x, dy) => {
    const [ci, co] = [x.shape[4] ?? 0, dy.shape[4] ?? 0];
    const blocks = blocksOf(x);
    const g = tf.reshape(dy, [-1, co]);
    const parts = neighbours.map((at) => matMul(seenFrom(blocks, at, outputGrid(x.shape)), g, { transposeA: true }));
    // (oz, oy, ox, iz, iy, ix·Ci·Co) → (oz, iz, oy, iy, ox, …), of which the first three of four taps along each axis are real.
    const taps = tf.transpose(tf.reshape(tf.concat(parts, 0), [2, 2, 2, 2, 2, 2 * ci * co]), [0, 3, 1, 4, 2, 5]);
    return tf.reshape(tf.slice(tf.reshape(taps, [4, 4, 4 * ci * co]), [0, 0, 0], [3, 3, 3 * ci * co]), [3, 3, 3, ci, co]);
  },
};

type Offset = readonly [number, number, number];
const neighbours: readonly Offset[] = [0, 1].flatMap((oz) => [0, 1].flatMap((oy) => [0, 1].map((ox): Offset => [oz, oy, ox])));

function outputGrid([b = 0, d = 0, h = 0, w = 0]: readonly number[]): [number, number, number, number] {
  return [b, d / 2, h / 2, w / 2];
}

/** (B, D, H, W, C), one zero around it → blocks (B, D/2 + 1, H/2 + 1, (W/2 + 1)·8C). */
function blocksOf(x: Tensor): Tensor {
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = x.shape;
  const padded = tf.pad(tf.reshape(x, [b, d, h, w * c]), [
    [0, 0],
    [1, 1],
    [1, 1],
    [c, c],
  ]);
  return tf.reshape(fold(tf.reshape(padded, [b, d + 2, h + 2, w + 2, c]), [2, 2, 2]), [b, d / 2 + 1, h / 2 + 1, (w / 2 + 1) * 8 * c]);
}

/** The blocks at an offset from each output voxel: (B·D/2·H/2·W/2, 8C). */
function seenFrom(blocks: Tensor, [oz, oy, ox]: Offset, [b, d, h, w]: readonly [number, number, number, number]): Tensor {
  const wide = (blocks.shape[3] ?? 0) / (w + 1);
  return tf.reshape(tf.slice(blocks, [0, oz, oy, ox * wide], [b, d, h, w * wide]), [-1, wide]);
}

/** The transpose of {@link seenFrom}. */
function putBack(rows: Tensor, [oz, oy, ox]: Offset, [b, d, h, w]: readonly [number, number, number, number]): Tensor {
  const wide = rows.shape[1] ?? 0;
  return tf.pad(tf.reshape(rows, [b, d, h, w * wide]), [
    [0, 0],
    [oz, 1 - oz],
    [oy, 1 - oy],
    [ox * wide, (1 - ox) * wide],
  ]);
}

/** (3, 3, 3, Ci, Co), a zero tap behind each axis → (neighbour, 8 Ci, Co). */
function blockWeights(weight: Tensor): Tensor {
  const [, , , ci = 0, co = 0] = weight.shape;
  const padded = tf.pad(tf.reshape(weight, [3, 3, 3 * ci * co]), [
    [0, 1],
    [0, 1],
    [0, ci * co],
  ]);
  return tf.reshape(tf.transpose(tf.reshape(padded, [2, 2, 2, 2, 2, 2 * ci * co]), [0, 2, 4, 1, 3, 5]), [8, 8 * ci, co]);
}

function part(weights: Tensor, i: number): Tensor {
  const [, rows = 0, co = 0] = weights.shape;
  return tf.reshape(tf.slice(weights, [i, 0, 0], [1, rows, co]), [rows, co]);
}
