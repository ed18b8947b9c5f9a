import { add } from '../../ops/arrange.ts';
import { attention, type AttentionShape } from '../../ops/attention.ts';
import { gelu } from '../../ops/gelu.ts';
import { layerNorm } from '../../ops/layer-norm.ts';
import { linear } from '../../ops/linear.ts';
import { constant, defineCase, strong, variable, type Case } from '../case.ts';
import * as reference from '../reference/dense.ts';

export const denseCases: readonly Case[] = [
  defineCase(
    'linear with bias',
    [variable(2, 3, 5), variable(4, 5), variable(4)],
    (x, weight, bias) => linear(x, weight, bias),
    (x, weight, bias) => reference.linear(x, weight, bias, 5),
  ),
  defineCase(
    'linear without bias',
    [variable(2, 3, 5), variable(4, 5)],
    (x, weight) => linear(x, weight),
    (x, weight) => reference.linear(x, weight, undefined, 5),
  ),
  defineCase(
    'linear of many rows',
    [variable(1100, 3), variable(33, 3), variable(33)],
    (x, weight, bias) => linear(x, weight, bias),
    (x, weight, bias) => reference.linear(x, weight, bias, 3),
  ),
  defineCase(
    'linear of long rows',
    [variable(9, 2100), variable(16, 2100), variable(16)],
    (x, weight, bias) => linear(x, weight, bias),
    (x, weight, bias) => reference.linear(x, weight, bias, 2100),
  ),
  // Wide enough for the compiled product: whole tiles and strips, and leftovers of each; sums in more than one part.
  linearCase('a few strips', [2, 25], 80, 64),
  linearCase('many strips', [3, 67], 64, 240),
  linearCase('very many terms', [40], 912, 80),
  linearCase('very many rows', [450], 64, 64),
  linearCase('very many outputs', [16], 64, 1040),
  defineCase(
    'linear used twice',
    [variable(20, 64), variable(80, 64), variable(80)],
    (x, weight, bias) => add(linear(x, weight, bias), linear(x, weight, bias)),
    (x, weight, bias) => reference.linear(x, weight, bias, 64).map((y) => 2 * y),
  ),
  defineCase(
    'linear of a constant',
    [constant(3, 5), variable(4, 5), variable(4)],
    (x, weight, bias) => linear(x, weight, bias),
    (x, weight, bias) => reference.linear(x, weight, bias, 5),
  ),
  layerNormCase('layerNorm', [2, 3], 5),
  layerNormCase('layerNorm of many rows', [130], 257),
  defineCase(
    'layerNorm used twice',
    [variable(9, 24), variable(24), variable(24)],
    (x, weight, bias) => add(layerNorm(x, weight, bias, 0.1), layerNorm(x, weight, bias, 0.1)),
    (x, weight, bias) => reference.layerNorm(x, weight, bias, 0.1).map((y) => 2 * y),
  ),
  defineCase('gelu', [variable(7, 5)], gelu, reference.gelu),
  defineCase('gelu of strong values', [strong(50, 7, 5)], gelu, reference.gelu),
  defineCase('gelu of many values', [variable(4099)], gelu, reference.gelu),
  attentionCase(2, 5, 1, 4),
  attentionCase(2, 7, 3, 2),
  attentionCase(2, 7, 3, 2, { first: 3, count: 2 }),
  attentionCase(2, 5, 2, 3, { first: 0, count: 1 }),
  defineCase(
    'attention of strong values',
    [strong(7, 1, 5, 6)],
    (qkv) => attention(qkv, { heads: 1 }),
    (qkv) => reference.attention(qkv, 1, 5, 1),
  ),
  // More tokens than one block of the compiled operation holds.
  attentionCase(1, 130, 2, 3),
  attentionCase(1, 140, 1, 3, { first: 30, count: 100 }),
];

function linearCase(name: string, leading: readonly number[], width: number, out: number): Case {
  return defineCase(
    `linear of ${name}`,
    [variable(...leading, width), variable(out, width), variable(out)],
    (x, weight, bias) => linear(x, weight, bias),
    (x, weight, bias) => reference.linear(x, weight, bias, width),
  );
}

function layerNormCase(name: string, leading: readonly number[], width: number): Case {
  return defineCase(
    name,
    [variable(...leading, width), variable(width), variable(width)],
    (x, weight, bias) => layerNorm(x, weight, bias, 0.1),
    (x, weight, bias) => reference.layerNorm(x, weight, bias, 0.1),
  );
}

function attentionCase(batch: number, tokens: number, heads: number, headWidth: number, queries?: AttentionShape['queries']): Case {
  const asking = queries === undefined ? '' : `, ${queries.count} asking`;
  return defineCase(
    `attention of ${tokens} tokens with ${heads} ${heads === 1 ? 'head' : 'heads'}${asking}`,
    [variable(batch, tokens, 3 * heads * headWidth)],
    (qkv) => attention(qkv, { heads, queries }),
    (qkv) => reference.attention(qkv, batch, tokens, heads, queries),
  );
}
