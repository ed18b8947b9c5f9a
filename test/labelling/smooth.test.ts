import { describe, expect, it } from 'vitest';
import type { Grid, PaintRules } from '../../core/labelling/index.ts';
import { smoothGaussian, smoothJoint, smoothMedian } from '../../core/labelling/smooth.ts';
import { countOf, drawing, drawn, made } from './support/small-maps.ts';
import { applied, describeTool } from './support/tool-properties.ts';

const one: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const spacing = [1, 1, 1] as const;

describe('majority', () => {
  it('takes off spikes, closes notches and leaves straight edges', () => {
    const { labels, dims } = drawn('1111...... 1111...... 11111..... 1111...... 1.11....1. 1111......');
    expect(drawing(applied(labels, smoothMedian(labels, { dims, spacing }, one, 3)), dims)).toEqual([
      '1111...... 1111...... 1111...... 1111...... 1111...... 1111......',
    ]);
  });

  it('works in millimetres: across thick slices a block is one voxel high', () => {
    const { labels, dims } = drawn('.....', '11111', '.....');
    const thick = { dims, spacing: [1, 1, 5] as const };
    expect(smoothMedian(labels, thick, one, 3).runs).toHaveLength(0);
    expect(countOf(applied(labels, smoothMedian(labels, { dims, spacing }, one, 3)), 1)).toBe(0);
  });
});

describe('a Gaussian', () => {
  // A ball of radius 8 mm with spikes and dents on an anisotropic grid.
  const grid: Grid = { dims: [31, 31, 17], spacing: [1, 1, 2] };
  const radius = (i: number, j: number, k: number): number => Math.hypot(i - 15, j - 15, (k - 8) * 2);
  const labels = made(grid.dims, (i, j, k) => {
    const uneven = (i * 7 + j * 3 + k * 5) % 4;
    return radius(i, j, k) <= 8 + (uneven === 0 ? 1.5 : uneven === 1 ? -1.5 : 0) ? 1 : 0;
  });

  it('makes an uneven ball smooth and keeps its volume', () => {
    const smooth = applied(labels, smoothGaussian(labels, grid, one, 2));
    const wrong = (map: Uint8Array): number =>
      map.filter((value, v) => value !== (radius(v % 31, Math.floor(v / 31) % 31, Math.floor(v / 961)) <= 8 ? 1 : 0)).length;
    expect(Math.abs(countOf(smooth, 1) / countOf(labels, 1) - 1)).toBeLessThan(0.02);
    expect(wrong(smooth)).toBeLessThan(wrong(labels) / 3);
  });

  it('keeps the volume of a thin sheet and of a single voxel, which one half would lose', () => {
    const sheet = made(grid.dims, (_, __, k) => (k === 8 ? 1 : 0));
    expect(countOf(applied(sheet, smoothGaussian(sheet, grid, one, 4)), 1)).toBe(31 * 31);
    const voxel = made(grid.dims, (i, j, k) => (i === 15 && j === 15 && k === 8 ? 1 : 0));
    expect(applied(voxel, smoothGaussian(voxel, grid, one, 4))).toEqual(voxel);
  });

  it('leaves a segment that ends at the edge of the scan there', () => {
    const half = made(grid.dims, (i) => (i < 9 ? 1 : 0));
    expect(smoothGaussian(half, grid, one, 3).runs).toHaveLength(0);
  });
});

describe('together', () => {
  const grid: Grid = { dims: [24, 24, 12], spacing: [1, 1, 2] };
  /** Two halves of a block that meet in a jagged plane. */
  const labels = made(grid.dims, (i, j, k) => {
    if (i < 4 || i > 19 || j < 4 || j > 19 || k < 2 || k > 9) return 0;
    return i + (j % 2 === 0 ? 2 : 0) < 13 ? 1 : 2;
  });
  const rules: PaintRules = { ...one, value: 0 };
  const inside = (map: Uint8Array): number[] => [...map].filter((_, v) => isInside(v % 24, Math.floor(v / 24) % 24, Math.floor(v / 576)));
  const isInside = (i: number, j: number, k: number): boolean => i > 7 && i < 16 && j > 7 && j < 16 && k > 3 && k < 8;

  it('neighbours get a straight border without gaps', () => {
    const smooth = applied(labels, smoothJoint(labels, grid, rules, [1, 2], 2));
    expect(inside(smooth)).not.toContain(0);
    for (let k = 4; k < 8; k++)
      for (let j = 8; j < 16; j++) {
        const row = [...smooth.subarray(24 * (j + 24 * k), 24 * (j + 1 + 24 * k))];
        expect([11, 12]).toContain(row.indexOf(2));
      }
    for (const value of [1, 2]) expect(Math.abs(countOf(smooth, value) / countOf(labels, value) - 1)).toBeLessThan(0.02);
  });

  it('a locked neighbour and one that was not named stay to the voxel, and no gap opens', () => {
    for (const [values, locked] of [[[1], []] as const, [[1, 2], [2]] as const]) {
      const smooth = applied(labels, smoothJoint(labels, grid, { ...rules, locked: new Set(locked) }, values, 2));
      expect(smooth.map((value) => (value === 2 ? 1 : 0))).toEqual(labels.map((value) => (value === 2 ? 1 : 0)));
      expect(inside(smooth)).not.toContain(0);
    }
  });

  it('of nothing says so', () => {
    expect(() => smoothJoint(labels, grid, rules, [5, 6], 2)).toThrow('noVoxels');
    expect(() => smoothJoint(labels, grid, rules, [1], -2)).toThrow('badMillimetres');
    expect(() => smoothJoint(labels, grid, { ...rules, locked: new Set([1, 2]) }, [1, 2], 2)).toThrow('allLocked');
  });
});

describe('properties', () => {
  describeTool('majority', (labels, grid, rules) => smoothMedian(labels, grid, rules, 3));
  describeTool('a Gaussian', (labels, grid, rules) => smoothGaussian(labels, grid, rules, 1.3));
  // Which of two segments at exactly the same height is taken, the lower, is the same in a mirror.
  describeTool('together', (labels, grid, rules) => smoothJoint(labels, grid, rules, [1, 2], 1.3));
});
