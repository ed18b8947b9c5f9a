import { describe, expect, it } from 'vitest';
import type { Grid, PaintRules } from '../../core/labelling/index.ts';
import { growMargin, hollow, shrinkMargin } from '../../core/labelling/margin.ts';
import { drawing, drawn, made } from './support/small-maps.ts';
import { applied, describeTool } from './support/tool-properties.ts';

const one: PaintRules = { value: 1, over: 'everything', locked: new Set() };

/** A ball around the middle of a grid, by the distance in mm. */
function ball({ dims, spacing }: Grid, radius: number): Uint8Array {
  const middle = dims.map((n) => (n - 1) / 2);
  const off = (x: number, a: 0 | 1 | 2): number => (x - (middle[a] ?? 0)) * spacing[a];
  return made(dims, (i, j, k) => (Math.hypot(off(i, 0), off(j, 1), off(k, 2)) <= radius ? 1 : 0));
}

describe('a margin', () => {
  it('of one voxel becomes the ball of that radius in millimetres', () => {
    const grid: Grid = { dims: [21, 21, 9], spacing: [0.5, 0.75, 2] };
    expect(applied(ball(grid, 0), growMargin(ball(grid, 0), grid, one, 4))).toEqual(ball(grid, 4));
  });

  it('that shrinks is the one that grows everything else', () => {
    const grid: Grid = { dims: [15, 15, 7], spacing: [1, 0.6, 2.2] };
    const labels = ball(grid, 5);
    const shrunk = applied(labels, shrinkMargin(labels, grid, one, 1.5));
    const rest = labels.map((value) => 1 - value);
    expect(applied(rest, growMargin(rest, grid, one, 1.5))).toEqual(shrunk.map((value) => 1 - value));
  });

  it('does not shrink from the edge of the scan', () => {
    const { labels, dims } = drawn('111.. 111.. 111..');
    const shrunk = applied(labels, shrinkMargin(labels, { dims, spacing: [1, 1, 1] }, one, 1));
    expect(drawing(shrunk, dims)).toEqual(['11... 11... 11...']);
  });

  it('goes only over what may be painted over', () => {
    const { labels, dims } = drawn('.123.');
    const grown = (over: PaintRules['over'], locked: number[]): string[] =>
      drawing(applied(labels, growMargin(labels, { dims, spacing: [1, 1, 1] }, { value: 1, over, locked: new Set(locked) }, 2)), dims);
    expect(grown('everything', [])).toEqual(['1111.']);
    expect(grown('everything', [3])).toEqual(['1113.']);
    expect(grown('background', [])).toEqual(['1123.']);
    expect(grown([2], [])).toEqual(['.113.']);
  });

  it('touches only voxels with scan values in the range', () => {
    const { labels, dims } = drawn('.....1.....');
    const values = { voxels: Int16Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), slope: 2, intercept: -1 };
    const within = { values, range: [13, 100] as const };
    expect(drawing(applied(labels, growMargin(labels, { dims, spacing: [1, 1, 1] }, { ...one, within }, 3)), dims)).toEqual([
      '.....1.11..',
    ]);
  });

  it('that cannot be says why', () => {
    const { labels, dims } = drawn('.111.');
    const grid: Grid = { dims, spacing: [1, 1, 1] };
    expect(() => shrinkMargin(labels, grid, one, 5)).toThrow('wouldVanish mm=5');
    expect(() => growMargin(labels, grid, { ...one, value: 2 }, 5)).toThrow('noVoxels value=2');
    expect(() => growMargin(labels, grid, one, 0)).toThrow('badMillimetres');
    expect(() => growMargin(labels, grid, one, NaN)).toThrow('badMillimetres');
    expect(() => growMargin(labels, grid, { ...one, over: [4] }, 5)).toThrow('allKept');
  });
});

describe('a shell', () => {
  const { labels, dims } = drawn('......... ......... ..11111.. ..11111.. ..11111.. ..11111.. ..11111.. ......... .........');
  const shell = (surface: 'outside' | 'middle' | 'inside', mm: number): string[] =>
    (drawing(applied(labels, hollow(labels, { dims, spacing: [1, 1, 1] }, one, mm, surface)), dims)[0] ?? '').split(' ');

  it('has the present surface outside, inside or in its middle', () => {
    expect(shell('outside', 1).slice(2, 7)).toEqual(['..11111..', '..1...1..', '..1...1..', '..1...1..', '..11111..']);
    expect(shell('inside', 1).slice(0, 4)).toEqual(['.........', '..11111..', '.1.....1.', '.1.....1.']);
    expect(shell('middle', 2).slice(0, 5)).toEqual(['.........', '..11111..', '.1111111.', '.11...11.', '.11...11.']);
  });
});

describe('properties', () => {
  describeTool('grow', (labels, grid, rules) => growMargin(labels, grid, rules, 1.6));
  describeTool('shrink', (labels, grid, rules) => shrinkMargin(labels, grid, rules, 0.9));
  describeTool('hollow', (labels, grid, rules) => hollow(labels, grid, rules, 1.4, 'middle'));
});
