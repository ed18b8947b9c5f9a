import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Triple, type VoxelArray } from '../../core/imaging/volume.ts';
import { applyDelta, fillPolygon, levelTrace, type Axis, type Grid, type ScanValues } from '../../core/labelling/index.ts';
import { picture } from './support/volumes.ts';

const plain = (voxels: VoxelArray): ScanValues => ({ voxels, slope: 1, intercept: 0 });

describe('level tracing', () => {
  it('goes round where the values cross that of the point, between the voxels', () => {
    const grid: Grid = { dims: [5, 5, 1], spacing: [1, 1, 1] };
    const voxels = Int16Array.from([0, 0, 0, 0, 0, 0, 8, 8, 8, 0, 0, 8, 8, 8, 0, 0, 8, 8, 8, 0, 0, 0, 0, 0, 0]);
    // A quarter of the way from 0 to 8.
    const line = levelTrace(plain(voxels), grid, 2, 0, [0.25, 2, 0]);
    const sides: Triple[] = [1, 2, 3].flatMap((n): Triple[] => [[0.25, n, 0], [3.75, n, 0], [n, 0.25, 0], [n, 3.75, 0]]); // prettier-ignore
    expect([...line].sort()).toEqual([...sides].sort());
    const step = (n: number): number => {
      const [a, b] = [line[n] ?? [0, 0, 0], line[(n + 1) % line.length] ?? [0, 0, 0]];
      return Math.hypot(a[0] - b[0], a[1] - b[1]);
    };
    // One after the other along the outline.
    expect(Math.max(...line.map((_, n) => step(n)))).toBeLessThan(1.1);
  });

  it('keeps to the object of the point, and gives its outline to be filled', () => {
    const rows = ['..........', '.33...333.', '.333..333.', '..33......', '..........'];
    const grid: Grid = { dims: [10, 5, 1], spacing: [1, 1, 1] };
    const voxels = Uint8Array.from(rows.join(''), (cell) => (cell === '.' ? 0 : Number(cell)));
    const points = levelTrace(plain(voxels), grid, 2, 0, [0.5, 1.2, 0]);
    const labels = new Uint8Array(50);
    applyDelta(labels, fillPolygon(labels, grid, { value: 3, over: 'everything', locked: new Set() }, { axis: 2, slice: 0, points }));
    expect(picture(labels, grid)).toEqual(['..........', '.33.......', '.333......', '..33......', '..........']);
  });

  it('closes along the border of the slice', () => {
    const grid: Grid = { dims: [4, 3, 1], spacing: [1, 1, 1] };
    const voxels = Float32Array.from([10, 10, 0, 0, 10, 10, 0, 0, 10, 10, 0, 0]);
    const line = levelTrace(plain(voxels), grid, 2, 0, [1.5, 1, 0]);
    expect([...line].sort()).toEqual([[0, 0, 0], [0, 1, 0], [0, 2, 0], [1, 0, 0], [1, 2, 0], [1.5, 0, 0], [1.5, 1, 0], [1.5, 2, 0]]); // prettier-ignore
  });

  it.each<Axis>([0, 1, 2])('lies in a slice across axis %i', (axis) => {
    const grid: Grid = { dims: [6, 6, 6], spacing: [1, 1, 1] };
    const voxels = Float32Array.from({ length: 216 }, (_, v) =>
      Math.hypot((v % 6) - 2, (Math.floor(v / 6) % 6) - 2, Math.floor(v / 36) - 2),
    );
    const points: Triple[] = [[2, 3.2, 2], [3.2, 2, 2], [3.2, 2, 2]]; // prettier-ignore
    const line = levelTrace({ voxels, slope: -2, intercept: 7 }, grid, axis, 2, points[axis] ?? [0, 0, 0]);
    expect(line.length).toBeGreaterThan(3);
    for (const point of line) {
      expect(point[axis]).toBe(2);
      expect(Math.abs(Math.hypot(point[0] - 2, point[1] - 2, point[2] - 2) - 1.2)).toBeLessThan(0.3);
    }
  });

  it('runs where the value is that of the point, or along the border round larger values, whatever the slice', () => {
    const size = 9;
    const values = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: size * size, maxLength: size * size });
    const at = fc.double({ min: 0, max: size - 1, noNaN: true });
    fc.assert(
      fc.property(values, at, at, (list, x, y) => {
        const grid: Grid = { dims: [size, size, 1], spacing: [1, 1, 1] };
        let line: Triple[];
        try {
          line = levelTrace(plain(Uint8Array.from(list)), grid, 2, 0, [x, y, 0]);
        } catch (error) {
          expect(String(error)).toContain('noLine');
          return;
        }
        const level = bilinear(list, size, x, y);
        for (const [i, j] of line) expect(bilinear(list, size, i, j)).toBeGreaterThanOrEqual(level - 1e-4);
        // The outline of something: never the same crossing twice in a row.
        line.forEach((point, n) => expect(point).not.toEqual(line[(n + 1) % line.length]));
      }),
      { numRuns: 300 },
    );
  });

  it('says where it cannot', () => {
    const grid: Grid = { dims: [4, 4, 1], spacing: [1, 1, 1] };
    const one = plain(new Int16Array(16).fill(5));
    expect(() => levelTrace(one, grid, 2, 0, [9, 0, 0])).toThrow('outsideScan');
    expect(() => levelTrace(one, grid, 2, 1, [0, 0, 0])).toThrow('no slice 1');
    // The border of a slice without edges is all that there is to enclose; in its middle there is nothing.
    expect(() => levelTrace(plain(Int16Array.from({ length: 64 }, () => 5)), { ...grid, dims: [8, 8, 1] }, 2, 0, [3.5, 3.5, 0])).toThrow(
      'noLine',
    );
  });
});

function bilinear(values: readonly number[], width: number, x: number, y: number): number {
  const [x0, y0] = [Math.min(width - 2, Math.floor(x)), Math.min(width - 2, Math.floor(y))];
  const at = (i: number, j: number): number => values[i + width * j] ?? NaN;
  const [u, v] = [x - x0, y - y0];
  return (1 - v) * ((1 - u) * at(x0, y0) + u * at(x0 + 1, y0)) + v * ((1 - u) * at(x0, y0 + 1) + u * at(x0 + 1, y0 + 1));
}
