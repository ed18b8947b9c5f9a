import { describe, expect, it } from 'vitest';
import { csvOf, namesWith, seriesOf, smoothed, valuesAt } from '../../renderer/state/series.ts';

const lines = [
  { step: 1, loss: 4, rate: 0.1 },
  { step: 2, loss: 2, 'dice liver': 0.5 },
  { step: 2, event: 'health', message: 'text' },
  { step: 4, loss: 1, rate: 0.3 },
];

describe('curves of a run', () => {
  it('have the values that were measured, where they were measured', () => {
    expect(seriesOf(lines, ['loss', 'rate', 'absent'], 10)).toEqual([
      {
        name: 'loss',
        points: [
          [1, 40],
          [2, 20],
          [4, 10],
        ],
      },
      {
        name: 'rate',
        points: [
          [1, 1],
          [4, 3],
        ],
      },
    ]);
    expect(namesWith(lines, 'dice ')).toEqual(['dice liver']);
  });

  it('are told at the nearest place', () => {
    const series = seriesOf(lines, ['loss', 'rate']);
    expect(valuesAt(series, 2.4)).toEqual({ at: 2, values: [2, 0.1] });
    expect(valuesAt(series, 99)).toEqual({ at: 4, values: [1, 0.3] });
    expect(valuesAt([], 3)).toEqual({ at: 3, values: [] });
  });

  it('lose single peaks when they are smoothed', () => {
    const noisy = { name: 'loss', points: [1, 1, 9, 1, 1].map((y, x) => [x, y] as const) };
    expect(smoothed(noisy, 3).points.map(([, y]) => y)).toEqual([1, 1, 1, 1, 1]);
  });

  it('become a table with one row a place', () => {
    expect(csvOf([...seriesOf(lines, ['loss']), { name: 'a, b', points: [[2, 7]] }], 'step')).toBe('step,loss,"a, b"\n1,4,\n2,2,7\n4,1,\n');
  });
});
