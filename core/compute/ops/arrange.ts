import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import { sizeOf, type Shape, type Tensor } from '../tensor.ts';

/** a + b; b may lack leading axes of a, or have them 1. */
export function add(a: Tensor, b: Tensor): Tensor {
  return operation(
    [a, b],
    () => tf.add(a, b),
    (dy, _, needs) => [dy, needs[1] ? summedTo(dy, b.shape) : undefined],
    'shared',
  );
}

/** c·x for a plain number c. */
export function scale(x: Tensor, c: number): Tensor {
  return operation(
    [x],
    () => tf.mul(x, c),
    (dy) => [tf.mul(dy, c)],
  );
}

/** x·c for a tensor c that gets no gradient and has x's shape or broadcasts to it. */
export function multiplyByConstant(x: Tensor, c: Tensor): Tensor {
  return operation(
    [x],
    (save) => {
      save(c);
      return tf.mul(x, c);
    },
    (dy, [saved = c]) => [tf.mul(dy, saved)],
  );
}

/** x − c for a tensor c that gets no gradient. */
export function subtractConstant(x: Tensor, c: Tensor): Tensor {
  return operation(
    [x],
    () => tf.sub(x, c),
    (dy) => [dy],
    'shared',
  );
}

export function reshape(x: Tensor, shape: Shape): Tensor {
  return operation(
    [x],
    () => tf.reshape(x, [...shape]),
    (dy) => [tf.reshape(dy, x.shape)],
    'shared',
  );
}

/** Joins along one axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  return operation(
    parts,
    () => tf.concat([...parts], axis),
    (dy) =>
      tf.split(
        dy,
        parts.map((p) => p.shape[axis] ?? 0),
        axis,
      ),
    'shared',
  );
}

/** Entries first..first+count of one axis. */
export function slice(x: Tensor, axis: number, first: number, count: number): Tensor {
  const begin = x.shape.map((_, i) => (i === axis ? first : 0));
  const size = x.shape.map((d, i) => (i === axis ? count : d));
  return operation(
    [x],
    () => tf.slice(x, begin, size),
    (dy) => {
      // Rank 3 is all that is needed, and all that every backend pads rightly (WebGPU fails at 5).
      const after = sizeOf(x.shape.slice(axis + 1));
      const padded = tf.pad(tf.reshape(dy, [-1, count, after]), [
        [0, 0],
        [first, (x.shape[axis] ?? 0) - first - count],
        [0, 0],
      ]);
      return [tf.reshape(padded, x.shape)];
    },
    'shared',
  );
}

/** One vector (d) repeated: (views, count, d). The class token and the mask token. */
export function repeatToken(token: Tensor, views: number, count: number): Tensor {
  const d = token.size;
  return operation(
    [token],
    () => tf.tile(tf.reshape(token, [1, 1, d]), [views, count, 1]),
    (dy) => [tf.reshape(tf.sum(dy, [0, 1]), token.shape)],
    'shared',
  );
}

/** Rows of a constant table (N, d) by index (V, n): (V, n, d). No gradient. */
export function gatherConstant(table: Tensor, index: Tensor): Tensor {
  return tf.tidy(() => tf.gather(table, tf.cast(index, 'int32')));
}

/** Tokens (B, N, d) in row-major order of a grid → (B, g0, g1, g2, d). */
export function tokensToGrid(x: Tensor, grid: Shape): Tensor {
  return reshape(x, [x.shape[0], ...grid, x.shape[2] ?? 0]);
}

function summedTo(dy: Tensor, shape: Shape): Tensor {
  if (dy.shape.length === shape.length && dy.shape.every((d, i) => d === shape[i])) return dy;
  const missing = dy.shape.length - shape.length;
  const axes = dy.shape.map((_, i) => i).filter((i) => i < missing || (shape[i - missing] === 1 && dy.shape[i] !== 1));
  return tf.reshape(tf.sum(dy, axes), [...shape]);
}
