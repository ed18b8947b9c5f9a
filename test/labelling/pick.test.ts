import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Triple } from '../../core/imaging/volume.ts';
import { pick, rangeAround, type Grid } from '../../core/labelling/index.ts';
import { seededRandom } from '../../core/base/random.ts';
import { scenes } from './support/laws.ts';
import { drawn } from './support/volumes.ts';

describe('the eyedropper', () => {
  const { labels, grid } = drawn([['1..2', '....'], ['....', '3...']], [1, 1, 4]); // prettier-ignore

  it('takes the segment under the point', () => {
    expect(pick(labels, grid, [2.6, 0.4, 0.2])).toEqual({ value: 2, voxel: [3, 0, 0], millimetres: 0 });
    expect(pick(labels, grid, [2, 0, 0])).toBeUndefined();
  });

  it('takes the nearest one within some millimetres', () => {
    expect(pick(labels, grid, [1, 0, 0], 5)).toEqual({ value: 1, voxel: [0, 0, 0], millimetres: 1 });
    // One slice further is 4 mm away, three voxels to the left are 3 mm.
    expect(pick(labels, grid, [0, 1, 0], 5)?.value).toBe(1);
    expect(pick(labels, grid, [1, 0, 0], 0.9)).toBeUndefined();
    expect(pick(labels, grid, [-2, 0, 0], 2)?.value).toBe(1);
  });

  it('finds what a search through all voxels finds', () => {
    const point = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -2, max: 9, noNaN: true })));
    fc.assert(
      fc.property(scenes, point, fc.double({ min: 0, max: 6, noNaN: true }), ({ labels, grid }, at, reach) => {
        const found = pick(labels, grid, at as unknown as Triple, reach);
        const under = at.map((n) => Math.round(n));
        const apart = Array.from(labels, (value, v) => {
          const voxel = positionOf(v, grid);
          if (value === 0) return Infinity;
          return voxel.every((n, axis) => n === under[axis])
            ? 0
            : Math.hypot(...voxel.map((n, axis) => (n - (at[axis] ?? 0)) * (grid.spacing[axis] ?? 0)));
        });
        const least = Math.min(...apart);
        if (least > reach) expect(found).toBeUndefined();
        else expect(found?.millimetres).toBeCloseTo(least, 9);
      }),
    );
  });
});

describe('the range of values under a brush', () => {
  const grid: Grid = { dims: [40, 40, 3], spacing: [1, 1, 2] };

  it('is that of the tissue, also where a part of the brush lies on another', () => {
    const random = seededRandom(7);
    const noise = (): number => 10 * random.normal();
    // An organ of 100 with noise of 10 beside bone of 900; stored with a slope and an intercept.
    const voxels = Float32Array.from({ length: 4800 }, (_, v) => ((v % 40 < 25 ? 100 : 900) + noise() + 1000) / 2);
    const [low, high] = rangeAround({ voxels, slope: 2, intercept: -1000 }, grid, [20, 20, 1], 7, 2);
    // Without the bone: 2.7 times the noise on either side.
    expect(low).toBeGreaterThan(40);
    expect(low).toBeLessThan(85);
    expect(high).toBeGreaterThan(115);
    expect(high).toBeLessThan(180);
  });

  it('follows from the quartiles, of a slice or of a ball', () => {
    const voxels = Float32Array.from({ length: 4800 }, (_, v) => Math.floor(v / 1600));
    const values = { voxels, slope: 10, intercept: 5 };
    expect(rangeAround(values, grid, [20, 20, 1], 2, 2)).toEqual([15, 15]);
    // A ball of 2 mm holds 13 voxels of the middle slice and one of each slice around it.
    expect(rangeAround(values, grid, [20, 20, 1], 2)).toEqual([15, 15]);
    const row = { voxels: Int16Array.of(0, 1, 2, 3, 100), slope: 1, intercept: 0 };
    // Quartiles 1 and 3.
    expect(rangeAround(row, { dims: [5, 1, 1], spacing: [1, 1, 1] }, [2, 0, 0], 2)).toEqual([-2, 6]);
  });

  it('is none outside the scan', () => {
    const values = { voxels: new Int16Array(4800), slope: 1, intercept: 0 };
    expect(() => rangeAround(values, grid, [90, 0, 0], 2)).toThrow('noScanValue');
    expect(() => rangeAround(values, grid, [0, 0, 7], 2, 2)).toThrow('noScanValue');
    expect(() => rangeAround({ ...values, voxels: new Int16Array(3) }, grid, [0, 0, 0], 2)).toThrow('3 voxels');
  });
});

function positionOf(v: number, { dims: [nx, ny] }: Grid): number[] {
  return [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
}
