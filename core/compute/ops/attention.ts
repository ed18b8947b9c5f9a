import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

export interface AttentionShape {
  readonly heads: number;
  /** The tokens of each sequence that ask: all, or where only some outputs are needed, those from `first` on. */
  readonly queries?: { readonly first: number; readonly count: number } | undefined;
}

/**
 * Multi-head self-attention: softmax(Q K^T / sqrt(w)) V for each head of width w = d / heads (method 5.1).
 * @param qkv (B, N, 3d): [q | k | v] of each token, each split into heads; each of the B sequences attends to itself alone
 * @returns (B, n, d) for the n tokens that ask, by default all N
 */
export function attention(qkv: Tensor, shape: AttentionShape): Tensor {
  const tokens = qkv.shape[1] ?? 0;
  const { first, count } = shape.queries ?? { first: 0, count: tokens };
  const kernels = fused();
  const numbers = (): Tensor => settings(shape.heads, first, count);
  if (kernels !== undefined)
    return operation(
      [qkv],
      (save) => {
        const [out = qkv, lse = qkv] = kernels.runMany('TesseraAttention', [qkv, numbers()], 2);
        save(qkv);
        save(out);
        save(lse);
        return out;
      },
      (dy, [saved = qkv, out = qkv, lse = qkv]) => [kernels.run('TesseraAttentionGrad', [dy, saved, out, lse, numbers()])],
    );
  return operation(
    [qkv],
    (save) => {
      save(qkv);
      const { q, k, v, scale } = split(qkv, shape.heads, first, count);
      return joinHeads(tf.matMul(probabilities(q, k, scale), v));
    },
    (dy, [saved = qkv]) => {
      const { q, k, v, scale } = split(saved, shape.heads, first, count);
      const p = probabilities(q, k, scale);
      const g = intoHeads(dy, shape.heads);
      const dp = tf.matMul(g, v, false, true);
      const ds = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), scale);
      const dq = tf.pad(tf.matMul(ds, k), [
        [0, 0],
        [0, 0],
        [first, tokens - first - count],
        [0, 0],
      ]);
      return [tf.concat([dq, tf.matMul(ds, q, true), tf.matMul(p, g, true)].map(joinHeads), -1)];
    },
  );
}

interface Heads {
  /** (B, heads, n, w) */
  readonly q: Tensor;
  /** (B, heads, N, w) */
  readonly k: Tensor;
  readonly v: Tensor;
  readonly scale: number;
}

function split(qkv: Tensor, heads: number, first: number, count: number): Heads {
  const [batch = 0, tokens = 0, triple = 0] = qkv.shape;
  const d = triple / 3;
  const part = (index: number): Tensor => intoHeads(tf.slice(qkv, [0, 0, index * d], [batch, tokens, d]), heads);
  const q = tf.slice(part(0), [0, 0, first, 0], [batch, heads, count, d / heads]);
  return { q, k: part(1), v: part(2), scale: 1 / Math.sqrt(d / heads) };
}

/** (B, n, heads·w) → (B, heads, n, w). */
function intoHeads(x: Tensor, heads: number): Tensor {
  const [batch = 0, n = 0, d = 0] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, n, heads, d / heads]), [0, 2, 1, 3]);
}

function probabilities(q: Tensor, k: Tensor, scale: number): Tensor {
  return tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale), -1);
}

/** (B, heads, n, w) → (B, n, heads·w). */
function joinHeads(x: Tensor): Tensor {
  const [batch = 0, heads = 0, n = 0, w = 0] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, n, heads * w]);
}
