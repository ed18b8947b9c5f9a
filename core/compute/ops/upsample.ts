import * as tf from '@tensorflow/tfjs-core';
import { fused } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Twice as many voxels along each axis, trilinear, half-voxel centres (torch.nn.Upsample with align_corners false): along one axis each voxel
 * becomes two, three quarters itself and one quarter its lower or upper neighbour; edge voxels continue outside.
 * @param x (B, D, H, W, C)
 * @returns (B, 2D, 2H, 2W, C)
 */
export function upsample(x: Tensor): Tensor {
  const kernels = fused();
  if (kernels !== undefined)
    return operation(
      [x],
      () => kernels.run('TesseraUpsample', [x]),
      (dy) => [kernels.run('TesseraUpsampleGrad', [dy])],
    );
  const [b = 0, d = 0, h = 0, w = 0, c = 0] = x.shape;
  return operation(
    [x],
    () => {
      const wide = grown(x, b * d * h, w, c);
      const high = grown(wide, b * d, h, 2 * w * c);
      return tf.reshape(grown(high, b, d, 4 * h * w * c), [b, 2 * d, 2 * h, 2 * w, c]);
    },
    (dy) => {
      const high = shrunk(dy, b, d, 4 * h * w * c);
      const wide = shrunk(high, b * d, h, 2 * w * c);
      return [tf.reshape(shrunk(wide, b * d * h, w, c), x.shape)];
    },
  );
}

/** One axis of n voxels becomes 2n. */
function grown(x: Tensor, outer: number, n: number, inner: number): Tensor {
  const lines = tf.reshape(x, [outer, n, inner]);
  if (n === 1) return tf.concat([lines, lines], 1);
  const first = tf.slice(lines, [0, 0, 0], [outer, 1, inner]);
  const last = tf.slice(lines, [0, n - 1, 0], [outer, 1, inner]);
  const lower = tf.concat([first, tf.slice(lines, [0, 0, 0], [outer, n - 1, inner])], 1);
  const upper = tf.concat([tf.slice(lines, [0, 1, 0], [outer, n - 1, inner]), last], 1);
  const near = tf.mul(lines, 0.75);
  return tf.concat([tf.add(near, tf.mul(lower, 0.25)), tf.add(near, tf.mul(upper, 0.25))], 2);
}

/** The transpose of {@link grown}. */
function shrunk(dy: Tensor, outer: number, n: number, inner: number): Tensor {
  const pairs = tf.reshape(dy, [outer, n, 2 * inner]);
  const even = tf.slice(pairs, [0, 0, 0], [outer, n, inner]);
  const odd = tf.slice(pairs, [0, 0, inner], [outer, n, inner]);
  if (n === 1) return tf.add(even, odd);
  const placed = (part: Tensor, from: number, count: number, to: number): Tensor =>
    tf.pad(tf.slice(part, [0, from, 0], [outer, count, inner]), [
      [0, 0],
      [to, n - count - to],
      [0, 0],
    ]);
  const far = [placed(even, 1, n - 1, 0), placed(even, 0, 1, 0), placed(odd, 0, n - 1, 1), placed(odd, n - 1, 1, n - 1)];
  return tf.add(
    tf.mul(tf.add(even, odd), 0.75),
    tf.mul(
      far.reduce((a, b) => tf.add(a, b)),
      0.25,
    ),
  );
}
