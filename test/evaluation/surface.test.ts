import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hausdorff95,
  measureOverlaps,
  meanSurfaceDistance,
  surfaceAreas,
  surfaceDice,
  surfaceDistances,
  type Overlap,
  type SurfaceDistances,
} from '../../core/evaluation/index.ts';
import type { Triple } from '../../core/imaging/volume.ts';
import reference from './fixtures/reference.json' with { type: 'json' };
import { fill, fillShape, type Shape } from './made-masks.ts';

const dims = reference.dims as unknown as Triple;
const shapes: Record<string, Shape> = reference.shapes;

function boxOf(a: Uint8Array, b: Uint8Array, grid: Triple): NonNullable<Overlap['box']> {
  const box = measureOverlaps(a, b, grid, [1])[0]?.box;
  if (box === undefined) throw new Error('both masks are empty');
  return box;
}

function measure(a: Uint8Array, b: Uint8Array, grid: Triple, spacing: Triple): SurfaceDistances {
  return surfaceDistances(a, b, 1, { dims: grid, spacing }, boxOf(a, b, grid));
}

function overlapAt(a: Uint8Array, b: Uint8Array, grid: Triple, spacing: Triple, tolerance: number): number {
  return surfaceDice(a, b, 1, { dims: grid, spacing }, boxOf(a, b, grid), tolerance);
}

describe('surface distances against SciPy', () => {
  it.each(reference.surfaces)('$reference | $prediction, spacing $spacing', (expected) => {
    const a = fillShape(dims, shapes[expected.reference] ?? {});
    const b = fillShape(dims, shapes[expected.prediction] ?? {});
    const surfaces = measure(a, b, dims, expected.spacing as unknown as Triple);
    expect([surfaces.fromReference.length, surfaces.fromPrediction.length]).toEqual(expected.surfaceVoxels);
    expect(hausdorff95(surfaces)).toBeCloseTo(expected.hd95, 5);
    expect(meanSurfaceDistance(surfaces)).toBeCloseTo(expected.meanSurfaceDistance, 5);
    reference.tolerances.forEach((tolerance, t) =>
      expect(overlapAt(a, b, dims, expected.spacing as unknown as Triple, tolerance)).toBeCloseTo(expected.surfaceDice[t] ?? NaN, 10),
    );
  });
});

describe('areas of surface elements', () => {
  it('are those of marching cubes for all 256 neighbourhoods', () => {
    const areas = surfaceAreas(reference.areas.spacing as unknown as Triple);
    expect(areas).toHaveLength(256);
    areas.forEach((area, code) => expect(area).toBeCloseTo(reference.areas.mm2[code] ?? NaN, 12));
  });

  it('do not change when the axes are exchanged or reversed, or inside and outside', () => {
    const spacing: Triple = [0.7, 1.3, 2.9];
    const areas = surfaceAreas(spacing);
    const mapped = (code: number, f: (corner: number) => number): number =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, corner) => sum | (((code >> corner) & 1) << f(corner)), 0);
    const turned = surfaceAreas([1.3, 2.9, 0.7]);
    areas.forEach((area, code) => {
      expect(areas[mapped(code, (c) => c ^ 1)]).toBeCloseTo(area, 12);
      expect(areas[mapped(code, (c) => c ^ 6)]).toBeCloseTo(area, 12);
      expect(turned[mapped(code, (c) => (c >> 1) | ((c & 1) << 2))]).toBeCloseTo(area, 12);
      // Two equal halves are cut off one way or the other, where neither hangs together.
      if ([...code.toString(2)].filter((bit) => bit === '1').length !== 4) expect(areas[255 - code]).toBeCloseTo(area, 12);
    });
  });
});

describe('surface Dice as published (google-deepmind/surface-distance, surface_distance_test.py)', () => {
  it('of two voxels 2 mm apart is one half at 1 mm', () => {
    const grid: Triple = [6, 4, 4];
    const at = (x: number): Uint8Array => fill(grid, (i, j, k) => i === x && j === 2 && k === 1);
    expect(overlapAt(at(1), at(3), grid, [1, 2, 3], 1)).toBeCloseTo(0.5, 12);
  });

  it('of two halves of a block that touch its sides, one slice of 2 mm apart, is 0.836', () => {
    const grid: Triple = [100, 100, 100];
    const half = (last: number): Uint8Array => fill(grid, (_, __, k) => k < last);
    expect(overlapAt(half(50), half(51), grid, [1, 1, 2], 1)).toBeCloseTo(0.836, 3);
  });
});

describe('surface distances, properties', () => {
  const small: Triple = [5, 4, 4];
  const mask = fc.uint8Array({ minLength: 80, maxLength: 80, max: 1 }).filter((m) => m.includes(1));

  it('are zero between a mask and itself', () => {
    fc.assert(
      fc.property(mask, (a) => {
        const surfaces = measure(a, a, small, [0.7, 0.7, 5]);
        expect([hausdorff95(surfaces), meanSurfaceDistance(surfaces)]).toEqual([0, 0]);
        expect(overlapAt(a, a, small, [0.7, 0.7, 5], 0)).toBe(1);
      }),
      { numRuns: 50 },
    );
  });

  it('do not depend on which mask is called the reference', () => {
    fc.assert(
      fc.property(mask, mask, (a, b) => {
        const there = measure(a, b, small, [1, 2, 3]);
        const back = measure(b, a, small, [1, 2, 3]);
        expect(hausdorff95(there)).toBe(hausdorff95(back));
        expect(overlapAt(a, b, small, [1, 2, 3], 2)).toBe(overlapAt(b, a, small, [1, 2, 3], 2));
      }),
      { numRuns: 50 },
    );
  });

  it('do not depend on where in the grid the pair lies', () => {
    const big: Triple = [9, 8, 8];
    const place = (m: Uint8Array, [x, y, z]: Triple): Uint8Array =>
      fill(big, (i, j, k) => {
        const [p, q, r] = [i - x, j - y, k - z];
        return p >= 0 && q >= 0 && r >= 0 && p < 5 && q < 4 && r < 4 && m[p + 5 * (q + 4 * r)] === 1;
      });
    const shift = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(mask, mask, shift, (a, b, by) => {
        const here = measure(a, b, small, [0.7, 0.9, 5]);
        const there = measure(place(a, by), place(b, by), big, [0.7, 0.9, 5]);
        expect([...there.fromReference]).toEqual([...here.fromReference]);
        expect([...there.fromPrediction]).toEqual([...here.fromPrediction]);
        const placed = overlapAt(place(a, by), place(b, by), big, [0.7, 0.9, 5], 1);
        expect(placed).toBeCloseTo(overlapAt(a, b, small, [0.7, 0.9, 5], 1), 12);
      }),
      { numRuns: 50 },
    );
  });

  it('measure the outline of a 2-D image, not its whole area', () => {
    const flat: Triple = [10, 10, 1];
    const square = fill(flat, (i, j) => i >= 2 && i <= 7 && j >= 2 && j <= 7);
    expect(measure(square, square, flat, [1, 1, 1]).fromReference).toHaveLength(20);
  });

  it('weigh the outline of a 2-D image by its lengths', () => {
    const {
      dims: flat,
      spacing,
      surfaceDice: expected,
    } = reference.flat as unknown as { dims: Triple; spacing: Triple; surfaceDice: number[] };
    const a = fill(flat, (i, j) => (5 * i * i + 3 * j * i) % 7 < 3);
    const b = fill(flat, (i, j) => (2 * i * i + 5 * j * j) % 6 < 2);
    reference.tolerances.forEach((tolerance, t) => expect(overlapAt(a, b, flat, spacing, tolerance)).toBeCloseTo(expected[t] ?? NaN, 10));
    // Lying in another plane.
    const upright = fill([1, flat[0], flat[1]], (_, j, k) => a[j + flat[0] * k] === 1);
    const other = fill([1, flat[0], flat[1]], (_, j, k) => b[j + flat[0] * k] === 1);
    expect(overlapAt(upright, other, [1, flat[0], flat[1]], [3, spacing[0], spacing[1]], 1)).toBeCloseTo(expected[1] ?? NaN, 10);
  });

  it('are undefined without a reference and infinite without a prediction', () => {
    const some = fill(small, (i) => i === 1);
    const none = new Uint8Array(80);
    expect([hausdorff95, meanSurfaceDistance].map((f) => f(measure(none, some, small, [1, 1, 1])))).toEqual([NaN, NaN]);
    expect([hausdorff95, meanSurfaceDistance].map((f) => f(measure(some, none, small, [1, 1, 1])))).toEqual([Infinity, Infinity]);
    expect(overlapAt(none, some, small, [1, 1, 1], 1)).toBeNaN();
    expect(overlapAt(some, none, small, [1, 1, 1], 1)).toBe(0);
  });

  it('counts a distance that equals the tolerance', () => {
    const line: Triple = [8, 3, 3];
    const at = (x: number): Uint8Array => fill(line, (i, j, k) => i === x && j === 1 && k === 1);
    // Elements at both ends of each voxel: 0.7 mm or 1.4 mm off.
    expect(overlapAt(at(1), at(3), line, [0.7, 1, 1], 1.4)).toBe(1);
    expect(overlapAt(at(1), at(3), line, [0.7, 1, 1], 1.39)).toBeCloseTo(0.5, 12);
  });
});
