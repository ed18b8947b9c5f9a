import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hausdorff95,
  measureOverlaps,
  meanSurfaceDistance,
  surfaceDice,
  surfaceDistances,
  type SurfaceDistances,
} from '../../core/evaluation/index.ts';
import type { Triple } from '../../core/imaging/volume.ts';
import reference from './fixtures/reference.json' with { type: 'json' };
import { fill, fillShape, type Shape } from './made-masks.ts';

const dims = reference.dims as unknown as Triple;
const shapes: Record<string, Shape> = reference.shapes;

function measure(a: Uint8Array, b: Uint8Array, grid: Triple, spacing: Triple): SurfaceDistances {
  const box = measureOverlaps(a, b, grid, [1])[0]?.box;
  if (box === undefined) throw new Error('both masks are empty');
  return surfaceDistances(a, b, 1, { dims: grid, spacing }, box);
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
      expect(surfaceDice(surfaces, tolerance)).toBeCloseTo(expected.surfaceDice[t] ?? NaN, 10),
    );
  });
});

describe('surface distances, properties', () => {
  const small: Triple = [5, 4, 4];
  const mask = fc.uint8Array({ minLength: 80, maxLength: 80, max: 1 }).filter((m) => m.includes(1));

  it('are zero between a mask and itself', () => {
    fc.assert(
      fc.property(mask, (a) => {
        const surfaces = measure(a, a, small, [0.7, 0.7, 5]);
        expect([hausdorff95(surfaces), meanSurfaceDistance(surfaces), surfaceDice(surfaces, 0)]).toEqual([0, 0, 1]);
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
        expect(surfaceDice(there, 2)).toBe(surfaceDice(back, 2));
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
      }),
      { numRuns: 50 },
    );
  });

  it('measure the outline of a 2-D image, not its whole area', () => {
    const flat: Triple = [10, 10, 1];
    const square = fill(flat, (i, j) => i >= 2 && i <= 7 && j >= 2 && j <= 7);
    expect(measure(square, square, flat, [1, 1, 1]).fromReference).toHaveLength(20);
  });

  it('are undefined without a reference and infinite without a prediction', () => {
    const some = fill(small, (i) => i === 1);
    const none = new Uint8Array(80);
    expect([hausdorff95, meanSurfaceDistance].map((f) => f(measure(none, some, small, [1, 1, 1])))).toEqual([NaN, NaN]);
    expect([hausdorff95, meanSurfaceDistance].map((f) => f(measure(some, none, small, [1, 1, 1])))).toEqual([Infinity, Infinity]);
    expect(surfaceDice(measure(none, some, small, [1, 1, 1]), 1)).toBeNaN();
    expect(surfaceDice(measure(some, none, small, [1, 1, 1]), 1)).toBe(0);
  });

  it('counts a distance that equals the tolerance', () => {
    const line: Triple = [8, 1, 1];
    const surfaces = measure(
      fill(line, (i) => i === 1),
      fill(line, (i) => i === 3),
      line,
      [0.7, 1, 1],
    );
    expect([surfaceDice(surfaces, 1.4), surfaceDice(surfaces, 1.39)]).toEqual([1, 0]);
  });
});
