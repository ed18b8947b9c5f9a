import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dotChart, lineChart } from '../../core/report/index.ts';
import { axisScale } from '../../core/report/chart-axes.ts';

const texts = (axis: Parameters<typeof axisScale>[0], values: number[], count = 5): string[] =>
  axisScale(axis, values, [0, 100], count).ticks.map((t) => t.text);

describe('axisScale', () => {
  it('has round ends and round ticks', () => {
    expect(texts({ label: '' }, [0.113, 0.968])).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
    expect(texts({ label: '', log: true }, [0.13, 1.08])).toEqual(['0.1', '0.2', '0.5', '1', '2']);
  });

  it('places every value it holds inside the range, in order', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.boolean(), (data, log) => {
        const scale = axisScale({ label: '', log }, data, [40, 700], 6);
        const placed = data
          .filter(scale.holds)
          .sort((a, b) => a - b)
          .map(scale.place);
        expect(placed.every((at) => at >= 40 - 1e-6 && at <= 700 + 1e-6)).toBe(true);
        expect(placed.every((at, n) => n === 0 || at >= (placed[n - 1] ?? 0))).toBe(true);
        expect(scale.ticks.every(({ value }) => scale.place(value) >= 40 - 1e-6 && scale.place(value) <= 700 + 1e-6)).toBe(true);
        expect(scale.ticks.length).toBeLessThan(20);
      }),
    );
  });

  it('a log axis spaces factors evenly and holds nothing at or below zero', () => {
    const scale = axisScale({ label: '', log: true }, [0.01, 1], [0, 100], 5);
    expect([0.01, 0.1, 1].map((value) => Math.round(scale.place(value)))).toEqual([0, 50, 100]);
    expect([0, -1, NaN, Infinity].map(scale.holds)).toEqual([false, false, false, false]);
  });
});

const chart = (points: [number, number][], log = false): string =>
  lineChart({ title: 't', x: { label: 'step' }, y: { label: 'loss', log }, series: [{ name: 'a', points }] }).markup;
const seriesPath = (markup: string): string => /class="series s1" d="([^"]*)"/.exec(markup)?.[1] ?? '';

describe('lineChart', () => {
  it('draws the first point at the left edge and the last at the right, larger values higher', () => {
    const corners = [...seriesPath(chart([[1, 0], [2, 5], [3, 10]])).matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]); // prettier-ignore
    expect(corners).toEqual([
      [60, 282],
      [382, 158],
      [704, 34],
    ]);
  });

  it('breaks the line where a value is missing, and on a log axis where it is not above zero', () => {
    expect(seriesPath(chart([[1, 1], [2, 2], [3, NaN], [4, 3], [5, 4]])).match(/M/g)).toHaveLength(2); // prettier-ignore
    expect(seriesPath(chart([[1, 1], [2, 2], [3, 0], [4, 3], [5, 4]], true)).match(/M/g)).toHaveLength(2); // prettier-ignore
  });

  it('keeps the peaks of a long series and stays short', () => {
    const points = Array.from({ length: 50_000 }, (_, n): [number, number] => [n, n === 31_234 ? 100 : Math.sin(n)]);
    const path = seriesPath(chart(points));
    expect(path.length).toBeLessThan(45_000);
    const tops = [...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
    expect(Math.min(...tops)).toBe(34);
  });

  it('survives no data, one point and equal values', () => {
    for (const points of [[], [[3, 7]], [[1, 0], [2, 0]], [[1, NaN]]] as [number, number][][]) expect(chart(points)).not.toMatch(/NaN|Infinity/); // prettier-ignore
    expect(chart([[3, 7]])).toContain('<circle');
  });
});

it('dotChart draws a dot a case, the interval across and the mark, and nothing for what is not defined', () => {
  const dots = [0.5, 0.7, NaN].map((value, n) => ({ name: `case ${n}`, value }));
  const { markup } = dotChart({
    title: 't',
    value: { label: 'difference', domain: [0, 1] },
    series: ['a'],
    rows: [
      { name: 'liver', entries: [{ dots, mean: 0.6, low: 0.5, high: 0.7 }] },
      { name: 'spleen', entries: [{ dots: [], mean: null, low: null, high: null }] },
    ],
    mark: 0,
  });
  const centres = [...markup.matchAll(/<circle class="dot faint" cx="([\d.]+)"/g)].map(([, x]) => Number(x));
  const [, from, to] = /class="interval" d="M([\d.]+) [\d.]+H([\d.]+)"/.exec(markup) ?? [];
  expect(centres).toEqual([Number(from), Number(to)]);
  expect(markup).toContain('<title>case 1: 0.7</title>');
  expect(markup.match(/class="mean"/g)).toHaveLength(1);
  expect(markup).toContain('class="zero"');
  expect(markup).not.toMatch(/NaN|Infinity/);
});
