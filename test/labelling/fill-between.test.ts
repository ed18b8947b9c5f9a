import { describe, expect, it } from 'vitest';
import type { Triple } from '../../core/imaging/volume.ts';
import { fillBetween } from '../../core/labelling/fill-between.ts';
import type { Grid, PaintRules } from '../../core/labelling/index.ts';
import { countOf, drawing, drawn, made } from './support/small-maps.ts';
import { applied, describeTool } from './support/tool-properties.ts';

const one: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const dims: Triple = [40, 36, 11];
const grid: Grid = { dims, spacing: [0.8, 0.8, 2] };

/** A body by a rule; the map of which some slices are drawn. */
function body(inside: (i: number, j: number, k: number) => boolean): Uint8Array {
  return made(dims, (i, j, k) => (inside(i, j, k) ? 1 : 0));
}
function sliced(whole: Uint8Array, slices: readonly number[]): Uint8Array {
  return whole.map((value, v) => (slices.includes(Math.floor(v / (dims[0] * dims[1]))) ? value : 0));
}
function dice(a: Uint8Array, b: Uint8Array): number {
  const both = a.filter((value, v) => value === 1 && b[v] === 1).length;
  return (2 * both) / (countOf(a, 1) + countOf(b, 1));
}
const disc = (i: number, j: number, x: number, y: number, radius: number): boolean => Math.hypot(i - x, j - y) <= radius;

describe('between slices', () => {
  it('a cylinder is filled exactly, and what was drawn stays', () => {
    const whole = body((i, j) => disc(i, j, 18, 17, 9.5));
    expect(applied(sliced(whole, [0, 10]), fillBetween(sliced(whole, [0, 10]), grid, one, 2))).toEqual(whole);
    expect(applied(sliced(whole, [0, 3, 4, 10]), fillBetween(sliced(whole, [0, 3, 4, 10]), grid, one, 2))).toEqual(whole);
  });

  it('an oblique cylinder that moves by more than its width stays whole', () => {
    const whole = body((i, j, k) => disc(i, j, 6 + 2 * k, 8 + k, 5.2));
    const labels = sliced(whole, [0, 10]);
    expect(applied(labels, fillBetween(labels, grid, one, 2))).toEqual(whole);
  });

  it('a cone gets the radius in between', () => {
    const whole = body((i, j, k) => disc(i, j, 19, 17, 4 + k));
    const labels = sliced(whole, [0, 10]);
    expect(dice(applied(labels, fillBetween(labels, grid, one, 2)), whole)).toBeGreaterThan(0.98);
  });

  it('several objects go their own ways, and one that branches goes both ways', () => {
    const two = body((i, j, k) => disc(i, j, 8 + 0.4 * k, 10, 4.2) || disc(i, j, 28, 24 - 0.6 * k, 5.2));
    const twoLabels = sliced(two, [0, 5, 10]);
    expect(dice(applied(twoLabels, fillBetween(twoLabels, grid, one, 2)), two)).toBeGreaterThan(0.96);

    const branches = body((i, j, k) => disc(i, j, 19 - k, 17, 4.2) || disc(i, j, 19 + k, 17, 4.2));
    const branchLabels = sliced(branches, [0, 10]);
    expect(dice(applied(branchLabels, fillBetween(branchLabels, grid, one, 2)), branches)).toBeGreaterThan(0.96);
  });

  it('an object that ends becomes a point', () => {
    const labels = body((i, j, k) => (disc(i, j, 8, 8, 6) && k % 10 === 0) || (disc(i, j, 28, 24, 6) && k === 0));
    const filled = applied(labels, fillBetween(labels, grid, one, 2));
    const ofSecond = [0, 3, 6, 9, 10].map((k) => countOf(filled.subarray(k * 1440 + 720, (k + 1) * 1440), 1));
    expect(ofSecond).toEqual([...ofSecond].sort((a, b) => b - a));
    expect(ofSecond[3]).toBeGreaterThan(0);
    expect(ofSecond[4]).toBe(0);
  });

  it('works across every axis', () => {
    const across = (axis: 0 | 1): Uint8Array => {
      const whole = made([11, 12, 13], (i, j, k) => (Math.hypot((axis === 0 ? j : i) - 5, k - 6) <= 3.3 ? 1 : 0));
      const labels = whole.map((value, v) => ((axis === 0 ? v % 11 : Math.floor(v / 11) % 12) % 5 === 0 ? value : 0));
      const expected = whole.map((value, v) => ((axis === 0 ? v % 11 : Math.floor(v / 11) % 12) <= 10 ? value : 0));
      expect(applied(labels, fillBetween(labels, { dims: [11, 12, 13], spacing: [1, 1.5, 0.7] }, one, axis))).toEqual(expected);
      return whole;
    };
    across(0);
    across(1);
  });

  it('other segments stay where they may not be painted over', () => {
    const { labels, dims: size } = drawn('.111. .111.', '..2.. .....', '.111. .111.');
    const filled = applied(labels, fillBetween(labels, { dims: size, spacing: [1, 1, 1] }, { ...one, over: 'background' }, 2));
    expect(drawing(filled, size)).toEqual(['.111. .111.', '.121. .111.', '.111. .111.']);
  });

  it('without a gap there is nothing to fill, and it says so', () => {
    const { labels, dims: size } = drawn('.111.', '.111.', '.....');
    expect(() => fillBetween(labels, { dims: size, spacing: [1, 1, 1] }, one, 2)).toThrow('noGap');
    expect(() => fillBetween(labels, { dims: size, spacing: [1, 1, 1] }, { ...one, value: 4 }, 2)).toThrow('noVoxels value=4');
  });

  it('the border follows the scan where that is wanted', () => {
    // A barrel: thicker in the middle than where it is drawn, bright on dark with noise.
    const whole = body((i, j, k) => disc(i, j, 19, 17, 8 + 3 * Math.sin((Math.PI * k) / 10)));
    const labels = sliced(whole, [0, 10]);
    const voxels = Int16Array.from(whole, (value, v) => 100 * value + ((v * 7919) % 41) - 20);
    const values = { voxels, slope: 1, intercept: -1000 };
    const plain = dice(applied(labels, fillBetween(labels, grid, one, 2)), whole);
    const following = dice(applied(labels, fillBetween(labels, grid, one, 2, { values })), whole);
    expect(plain).toBeLessThan(0.9);
    expect(following).toBeGreaterThan(0.97);
    expect(() => fillBetween(labels, grid, one, 2, { values: { ...values, voxels: new Int16Array(3) } })).toThrow('voxels');
  });
});

describe('properties', () => {
  describeTool('fill between', (labels, grid3, rules) => fillBetween(labels, grid3, rules, 0), { runs: 400 });
  describeTool(
    'fill between by the scan',
    (labels, grid3, rules) => {
      const values = { voxels: Uint8Array.from(labels, (label) => (label === 0 ? 3 : 90)), slope: 1, intercept: 0 };
      return fillBetween(labels, grid3, rules, 2, { values });
    },
    { runs: 400 },
  );
});
