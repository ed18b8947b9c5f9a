import { describe, expect, it } from 'vitest';
import type { PaintRules } from '../../core/labelling/index.ts';
import { fillHoles } from '../../core/labelling/fill-holes.ts';
import {
  islandSizes,
  keepIsland,
  keepLargestIsland,
  removeIsland,
  removeSmallIslands,
  splitIslands,
} from '../../core/labelling/islands.ts';
import { drawing, drawn } from './support/small-maps.ts';
import { applied, describeTool } from './support/tool-properties.ts';

const one: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const spacing = [1, 1, 2] as const;

describe('islands', () => {
  // Two of three voxels that touch at a corner, one of two, one of one; segment 2 is none of it.
  const { labels, dims } = drawn('11..1 1..1. ..11. 2...1', '..... ..... ..... 22..1', '1.... ..... ..... .....');
  const grid = { dims, spacing };

  it('are told by their size, by faces or by corners', () => {
    expect(islandSizes(labels, grid, 1, 6)).toEqual([3, 3, 2, 1, 1]);
    expect(islandSizes(labels, grid, 1, 26)).toEqual([6, 3, 1]);
    expect(islandSizes(labels, grid, 7)).toEqual([]);
  });

  it('leave the largest', () => {
    expect(drawing(applied(labels, keepLargestIsland(labels, grid, one)), dims)).toEqual([
      '....1 ...1. ..11. 2...1',
      '..... ..... ..... 22..1',
      '..... ..... ..... .....',
    ]);
  });

  it('of equal size leave the first', () => {
    expect(drawing(applied(labels, keepLargestIsland(labels, grid, one, 6)), dims)[0]).toBe('11... 1.... ..... 2....');
  });

  it('below a number of voxels or a volume go, those of exactly the limit stay', () => {
    const expected = ['11... 1..1. ..11. 2....', '..... ..... ..... 22...', '..... ..... ..... .....'];
    expect(drawing(applied(labels, removeSmallIslands(labels, grid, one, { voxels: 3 }, 6)), dims)).toEqual(expected);
    expect(drawing(applied(labels, removeSmallIslands(labels, grid, one, { ml: 0.006 }, 6)), dims)).toEqual(expected);
    expect(() => removeSmallIslands(labels, grid, one, { voxels: 100 })).toThrow('allSmaller');
    expect(() => removeSmallIslands(labels, grid, one, { ml: 0 })).toThrow('badLimit limit=0');
  });

  it('become segments of their own, the largest stays; without a number they stay, too', () => {
    expect(drawing(applied(labels, splitIslands(labels, grid, one, [5, 6, 7], 26)), dims)).toEqual([
      '55..1 5..1. ..11. 2...1',
      '..... ..... ..... 22..1',
      '6.... ..... ..... .....',
    ]);
    expect(drawing(applied(labels, splitIslands(labels, grid, one, [5], 26)), dims)[2]).toBe('1.... ..... ..... .....');
    expect(() => splitIslands(labels, grid, { ...one, value: 2 }, [5])).toThrow('oneIsland');
    expect(() => splitIslands(labels, grid, one, [300])).toThrow('numberTooLarge value=300 largest=255');
  });

  it('are kept or taken away by a click', () => {
    expect(drawing(applied(labels, keepIsland(labels, grid, one, [0, 0, 0])), dims)).toEqual([
      '11... 1.... ..... 2....',
      '..... ..... ..... 22...',
      '..... ..... ..... .....',
    ]);
    expect(drawing(applied(labels, removeIsland(labels, grid, one, [1, 0, 0])), dims)[0]).toBe('....1 ...1. ..11. 2...1');
    expect(() => keepIsland(labels, grid, one, [2, 0, 0])).toThrow('noIslandHere');
    expect(() => keepIsland(labels, grid, one, [-1, 0, 9])).toThrow('noIslandHere');
  });

  it('of a segment without voxels, or one that is locked, say so', () => {
    expect(() => keepLargestIsland(labels, grid, { ...one, value: 9 })).toThrow('noVoxels value=9');
    expect(() => keepLargestIsland(labels, grid, { ...one, locked: new Set([1]) })).toThrow('segmentLocked');
    expect(() => keepLargestIsland(labels, grid, { ...one, locked: new Set([0]) })).toThrow('allLocked');
  });
});

describe('holes', () => {
  const { labels, dims } = drawn('11111 11111 11111 11111 11111', '11111 1.1.1 11111 1.11. 11111', '11111 1.111 11111 11111 11111');
  const grid = { dims, spacing };

  it('in space are filled; those open at the edge of the scan are none', () => {
    expect(drawing(applied(labels, fillHoles(labels, grid, one)), dims)).toEqual([
      '11111 11111 11111 11111 11111',
      '11111 1.111 11111 1111. 11111',
      '11111 1.111 11111 11111 11111',
    ]);
  });

  it('in slices are filled slice by slice', () => {
    const filled = drawing(applied(labels, fillHoles(labels, grid, one, 2)), dims);
    expect(filled[1]).toBe('11111 11111 11111 1111. 11111');
    expect(filled[2]).toBe('11111 11111 11111 11111 11111');
    // In a slice across j the hole of two voxels reaches the edge.
    expect(drawing(applied(labels, fillHoles(labels, grid, one, 1)), dims)[1]).toBe('11111 1.111 11111 1111. 11111');
  });

  it('are closed by corners only where the segment hangs together by corners', () => {
    const ring = drawn('..1.. .1.1. ..1..');
    const filled = (connectivity: 6 | 26): string[] =>
      drawing(applied(ring.labels, fillHoles(ring.labels, { dims: ring.dims, spacing }, one, 2, connectivity)), ring.dims);
    expect(filled(26)).toEqual(['..1.. .111. ..1..']);
    expect(filled(6)).toEqual(['..1.. .1.1. ..1..']);
  });

  it('with another segment inside are filled only where it may be painted over', () => {
    const organ = drawn('11111 12.11 11111');
    const filled = (over: PaintRules['over']): string[] =>
      drawing(applied(organ.labels, fillHoles(organ.labels, { dims: organ.dims, spacing }, { ...one, over }, 2)), organ.dims);
    expect(filled('background')).toEqual(['11111 12111 11111']);
    expect(filled('everything')).toEqual(['11111 11111 11111']);
  });
});

describe('properties', () => {
  // Which of two equally large islands comes first is another one in the mirror.
  describeTool('keep the largest island', (labels, grid, rules) => keepLargestIsland(labels, grid, rules), { flips: false });
  describeTool('split', (labels, grid, rules) => splitIslands(labels, grid, rules, [7, 8, 9], 6), { flips: false });
  describeTool('remove small islands', (labels, grid, rules) => removeSmallIslands(labels, grid, rules, { voxels: 9 }, 6));
  describeTool('keep the island clicked', (labels, grid, rules, flip) => {
    const [nx, ny] = grid.dims;
    const places = [...labels.keys()].map((v) => flip([v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))]));
    const clicked = places.find(([i, j, k]) => labels[i + nx * (j + ny * k)] === rules.value);
    return keepIsland(labels, grid, rules, clicked ?? [0, 0, 0], 6);
  });
  describeTool('fill holes', (labels, grid, rules) => fillHoles(labels, grid, rules));
  describeTool('fill holes in slices', (labels, grid, rules) => fillHoles(labels, grid, rules, 0, 6));
});
