import { standardiseRows, unitRows } from '../../ops/rows.ts';
import { constant, defineCase, faint, strong, variable, type Case, type Numbers } from '../case.ts';
import { rowsOf, standardised } from '../reference/dense.ts';

export const rowCases: readonly Case[] = [
  defineCase(
    'standardiseRows',
    [constant(2, 3, 5)],
    (x) => standardiseRows(x, 1e-4),
    (x) => rowsOf(x, 5).flatMap((row) => standardised(row, 1e-4)),
  ),
  ...[variable(6, 5), faint(6, 5), strong(50, 6, 5)].map((input, i) =>
    defineCase(`unitRows ${String(i + 1)}`, [input], unitRows, (x) => rowsOf(x, 5).flatMap(ofUnitLength)),
  ),
];

function ofUnitLength(row: Numbers): Numbers {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
}
