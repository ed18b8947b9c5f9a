import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Multi-head self-attention: softmax(Q K^T / sqrt(w)) V for each head of width w = d / heads.
 * @param qkv (B, N, 3d): [q | k | v], each split into heads (method 5.1)
 * @returns (B, N, d)
 */
export function attention(qkv: Tensor, heads: number): Tensor {
  const kernels = fused();
  if (kernels !== undefined)
    return operation(
      [qkv],
      (save) => {
        const [out = qkv, lse = qkv] = kernels.runMany('TesseraAttention', [qkv, settings(heads)], 2);
        save(qkv);
        save(out);
        save(lse);
        return out;
      },
      (dy, [saved = qkv, out = qkv, lse = qkv]) => [kernels.run('TesseraAttentionGrad', [dy, saved, out, lse, settings(heads)])],
    );
  return operation(
    [qkv],
    (save) => {
      save(qkv);
      const { q, k, v, scale } = split(qkv, heads);
      return joinHeads(tf.matMul(probabilities(q, k, scale), v));
    },
    (dy, [saved = qkv]) => {
      const { q, k, v, scale } = split(saved, heads);
      const p = probabilities(q, k, scale);
      const [b = 0, n = 0, d = 0] = dy.shape;
      const g = tf.transpose(tf.reshape(dy, [b, n, heads, d / heads]), [0, 2, 1, 3]);
      const dp = tf.matMul(g, v, false, true);
      const ds = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), scale);
      const parts = [tf.matMul(ds, k), tf.matMul(ds, q, true), tf.matMul(p, g, true)].map(joinHeads);
      return [tf.concat(parts, -1)];
    },
  );
}

function split(qkv: Tensor, heads: number): { q: Tensor; k: Tensor; v: Tensor; scale: number } {
  const [b = 0, n = 0, triple = 0] = qkv.shape;
  const d = triple / 3;
  const part = (index: number): Tensor =>
    tf.transpose(tf.reshape(tf.slice(qkv, [0, 0, index * d], [b, n, d]), [b, n, heads, d / heads]), [0, 2, 1, 3]);
  return { q: part(0), k: part(1), v: part(2), scale: 1 / Math.sqrt(d / heads) };
}

function probabilities(q: Tensor, k: Tensor, scale: number): Tensor {
  return tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale), -1);
}

/** (B, heads, N, w) → (B, N, heads·w). */
function joinHeads(x: Tensor): Tensor {
  const [b = 0, heads = 0, n = 0, w = 0] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [b, n, heads * w]);
}
