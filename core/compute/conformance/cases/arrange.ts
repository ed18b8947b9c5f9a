import {
  add,
  concat,
  gatherConstant,
  multiplyByConstant,
  repeatToken,
  reshape,
  scale,
  slice,
  subtractConstant,
  tokensToGrid,
} from '../../ops/arrange.ts';
import { gelu } from '../../ops/gelu.ts';
import { linear } from '../../ops/linear.ts';
import { recompute } from '../../tape.ts';
import { constant, defineCase, integersBetween, variable, type Case, type Numbers } from '../case.ts';
import * as dense from '../reference/dense.ts';

export const arrangeCases: readonly Case[] = [
  defineCase('add', [variable(2, 3), variable(2, 3)], add, (a, b) => a.map((value, i) => value + (b[i] as number))),
  defineCase(
    'add to itself',
    [variable(2, 3)],
    (a) => add(a, a),
    (a) => a.map((value) => 2 * value),
  ),
  defineCase('add, leading axes missing', [variable(2, 3, 4), variable(4)], add, (a, b) =>
    a.map((value, i) => value + (b[i % 4] as number)),
  ),
  defineCase('add, one vector for all tokens', [variable(2, 3, 4), variable(2, 1, 4)], add, (a, b) =>
    a.map((value, i) => value + (b[4 * Math.floor(i / 12) + (i % 4)] as number)),
  ),
  defineCase(
    'scale',
    [variable(2, 3)],
    (x) => scale(x, -1.5),
    (x) => x.map((value) => -1.5 * value),
  ),
  defineCase('multiplyByConstant', [variable(2, 3), constant(2, 3)], multiplyByConstant, (x, c) => x.map((v, i) => v * (c[i] as number))),
  defineCase('multiplyByConstant of each row', [variable(2, 3, 4), constant(2, 3, 1)], multiplyByConstant, (x, c) =>
    x.map((v, i) => v * (c[Math.floor(i / 4)] as number)),
  ),
  defineCase('subtractConstant', [variable(2, 3), constant(3)], subtractConstant, (x, c) => x.map((v, i) => v - (c[i % 3] as number))),
  defineCase(
    'reshape',
    [variable(2, 3, 4)],
    (x) => reshape(x, [6, 4]),
    (x) => x,
  ),
  defineCase(
    'tokensToGrid',
    [variable(2, 12, 3)],
    (x) => tokensToGrid(x, [2, 2, 3]),
    (x) => x,
  ),
  defineCase(
    'concat of tokens',
    [variable(2, 1, 3), variable(2, 4, 3)],
    (a, b) => concat([a, b], 1),
    (a, b) => [...a.slice(0, 3), ...b.slice(0, 12), ...a.slice(3), ...b.slice(12)],
  ),
  defineCase(
    'concat of samples',
    [variable(1, 4), variable(2, 4)],
    (a, b) => concat([a, b], 0),
    (a, b) => [...a, ...b],
  ),
  defineCase(
    'concat of one',
    [variable(2, 4)],
    (a) => concat([a], 1),
    (a) => a,
  ),
  defineCase(
    'slice of samples',
    [variable(4, 3)],
    (x) => slice(x, 0, 1, 2),
    (x) => x.slice(3, 9),
  ),
  defineCase(
    'slice of tokens',
    [variable(2, 5, 3)],
    (x) => slice(x, 1, 1, 3),
    (x) => [...x.slice(3, 12), ...x.slice(18, 27)],
  ),
  defineCase(
    'slice of a volume',
    [variable(1, 2, 3, 2, 2)],
    (x) => slice(x, 2, 1, 2),
    (x) => [...x.slice(4, 12), ...x.slice(16, 24)],
  ),
  defineCase(
    'slice of all',
    [variable(2, 3)],
    (x) => slice(x, 1, 0, 3),
    (x) => x,
  ),
  defineCase(
    'repeatToken',
    [variable(4)],
    (token) => repeatToken(token, 2, 3),
    (token) => Array<Numbers>(6).fill(token).flat(),
  ),
  defineCase(
    'repeatToken once',
    [variable(1, 1, 4)],
    (token) => repeatToken(token, 1, 1),
    (token) => token,
  ),
  defineCase('gatherConstant', [constant(7, 3), integersBetween(0, 6, 2, 4)], gatherConstant, (table, index) =>
    index.flatMap((row) => table.slice(3 * row, 3 * row + 3)),
  ),
  defineCase(
    'recompute',
    [variable(2, 3), variable(4, 3), variable(4)],
    (x, weight, bias) => {
      const twice = scale(x, 2);
      return add(
        recompute([twice, weight, bias], ([y = twice]) => gelu(linear(y, weight, bias))),
        linear(twice, weight),
      );
    },
    (x, weight, bias) => {
      const twice = x.map((value) => 2 * value);
      const plain = dense.linear(twice, weight, undefined, 3);
      return dense.gelu(dense.linear(twice, weight, bias, 3)).map((value, i) => value + (plain[i] as number));
    },
  ),
  // The gradients of p through the reshape and of a share memory while p's other gradient is added.
  defineCase(
    'gradients that share memory',
    [variable(2, 6), variable(3, 4)],
    (first, second) => {
      const a = scale(first, 3);
      const p = scale(second, 2);
      const bent = gelu(p);
      return add(add(a, reshape(p, [2, 6])), reshape(bent, [2, 6]));
    },
    (first, second) => {
      const p = second.map((value) => 2 * value);
      return dense.gelu(p).map((value, i) => value + (p[i] as number) + 3 * (first[i] as number));
    },
  ),
];
