import * as tf from '@tensorflow/tfjs-core';
import {
  columnMoments,
  distributionMeters,
  groupMean,
  meanSquaredCorrelation,
  repeatRows,
  sharpen,
  sinkhorn,
  standardiseBy,
  standardiseColumns,
} from '../../ops/distribution.ts';
import { between, constant, defineCase, distributions, variable, type Case, type Numbers } from '../case.ts';
import { average, rowsOf, softmax, standardised, transposed, variance } from '../reference/dense.ts';

export const distributionCases: readonly Case[] = [
  defineCase(
    'sharpen',
    [constant(3, 5)],
    (x) => sharpen(x, 0.2),
    (x) =>
      rowsOf(
        x.map((value) => value / 0.2),
        5,
      ).flatMap(softmax),
  ),
  defineCase(
    'sinkhorn',
    [constant(6, 4)],
    (x) => sinkhorn(x, 0.2, 3),
    (x) =>
      dividedInTurns(
        x.map((value) => Math.exp(value / 0.2)),
        4,
        3,
      ),
  ),
  defineCase(
    'standardiseColumns',
    [variable(6, 4)],
    (x) => standardiseColumns(x, 0.1),
    (x) =>
      transposed(
        columnsOf(x, 4).flatMap((column) => standardised(column, 0.1)),
        6,
      ),
  ),
  defineCase(
    'meanSquaredCorrelation',
    [variable(6, 4)],
    (x) => meanSquaredCorrelation(x),
    (x) => {
      const columns = columnsOf(x, 4);
      const product = (a: readonly number[], b: readonly number[]): number => average(a.map((value, r) => value * (b[r] as number)));
      return [average(columns.flatMap((a, i) => columns.flatMap((b, j) => (i === j ? [] : [product(a, b) ** 2]))))];
    },
  ),
  defineCase(
    'standardiseBy',
    [variable(3, 4), constant(1, 4), between(0.5, 2, 1, 4)],
    (x, mean, variance) => standardiseBy(x, { mean, variance }, 0.1),
    (x, mean, variance) => x.map((value, i) => (value - (mean[i % 4] as number)) / Math.sqrt((variance[i % 4] as number) + 0.1)),
  ),
  defineCase(
    'columnMoments',
    [constant(6, 4)],
    (x) => {
      const { mean, variance } = columnMoments(x);
      return tf.concat([mean, variance], 1);
    },
    (x) => [...columnsOf(x, 4).map(average), ...columnsOf(x, 4).map(variance)],
  ),
  defineCase(
    'groupMean',
    [constant(6, 4)],
    (x) => groupMean(x, 3),
    (x) => rowsOf(x, 12).flatMap((group) => columnsOf(group, 4).map(average)),
  ),
  defineCase(
    'repeatRows',
    [constant(3, 4)],
    (x) => repeatRows(x, 2),
    (x) => rowsOf(x, 4).flatMap((row) => [...row, ...row]),
  ),
  defineCase(
    'distributionMeters',
    [distributions(6, 4), constant(6, 3)],
    (a, t) => {
      const meters = distributionMeters(a, t);
      return tf.stack([meters.entropy, meters.meanEntropy, meters.spread]);
    },
    (a, t) => [
      average(rowsOf(a, 4).map(entropy)),
      entropy(columnsOf(a, 4).map(average)),
      average(columnsOf(t, 3).map((column) => Math.sqrt(variance(column)))),
    ],
  ),
];

function columnsOf(x: Numbers, columns: number): Numbers[] {
  return rowsOf(transposed(x, columns), x.length / columns);
}

function entropy(distribution: Numbers): number {
  return -distribution.reduce((sum, p) => sum + p * Math.log(p), 0);
}

/** Sinkhorn's rounds: columns divided by their sums, then rows by theirs. */
function dividedInTurns(x: Numbers, columns: number, rounds: number): Numbers {
  if (rounds === 0) return x;
  const rows = x.length / columns;
  const byColumns = transposed(columnsOf(x, columns).flatMap(shares), rows);
  return dividedInTurns(rowsOf(byColumns, columns).flatMap(shares), columns, rounds - 1);
}

function shares(x: Numbers): Numbers {
  const sum = x.reduce((a, b) => a + b);
  return x.map((value) => value / sum);
}
