import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { eigenSymmetric, principalComponents, project } from '../../core/inference/principal-components.ts';

/** Rows with variance s² along each of some orthonormal directions, exactly: ±s·√(width) along one at a time. */
function spread(directions: readonly (readonly number[])[], deviations: readonly number[], centre: readonly number[]): Float32Array {
  const rows = directions.flatMap((u, d) =>
    [1, -1].map((sign) => u.map((x, a) => (centre[a] ?? 0) + sign * x * (deviations[d] ?? 0) * Math.sqrt(directions.length))),
  );
  return Float32Array.from(rows.flat());
}

describe('principal components', () => {
  it('of points along a line at 3 : 4 are that line', () => {
    const rows = Float32Array.from([-2, -1, 0, 1, 2].flatMap((t) => [10 + 3 * t, -5 + 4 * t]));
    const { mean, components, explained } = principalComponents(rows, 2, 2);
    expect([...mean]).toEqual([10, -5]);
    expect(components[0]?.[0]).toBeCloseTo(0.6, 9);
    expect(components[0]?.[1]).toBeCloseTo(0.8, 9);
    expect(explained[0]).toBeCloseTo(1, 9);
    expect(explained[1]).toBeCloseTo(0, 9);
    const scores = project(rows, { mean, components, explained });
    [-10, -5, 0, 5, 10].forEach((score, r) => expect(scores[2 * r]).toBeCloseTo(score, 5));
  });

  it('find the directions and variances that rows were made of, the largest entry positive', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 3, max: 12 }), (seed, width) => {
        const random = seededRandom(seed);
        const matrix = Array.from({ length: width }, () => Array.from({ length: width }, () => random.normal()));
        const symmetric = matrix.map((row, i) => row.map((x, j) => x + (matrix[j]?.[i] ?? 0)));
        const directions = eigenSymmetric(symmetric).vectors;
        const deviations = directions.map((_, d) => 10 / 1.7 ** d);
        const centre = directions.map(() => 100 * random.normal());
        const { components, explained } = principalComponents(spread(directions, deviations, centre), width, 3);
        const total = deviations.reduce((sum, s) => sum + s * s, 0);
        components.forEach((component, c) => {
          const direction = directions[c] ?? [];
          const sign = Math.sign(direction.reduce((a, b) => (Math.abs(b) > Math.abs(a) * (1 + 1e-4) ? b : a), 0));
          component.forEach((x, a) => expect(Math.abs(x)).toBeCloseTo(Math.abs(direction[a] ?? 0), 3));
          expect(component.reduce((sum, x, a) => sum + x * (direction[a] ?? 0), 0) * sign).toBeCloseTo(1, 3);
          expect(explained[c]).toBeCloseTo((deviations[c] ?? 0) ** 2 / total, 3);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('are the same for rows in another order, and shift with nothing', () => {
    const random = seededRandom(3);
    const rows = Float32Array.from({ length: 300 * 20 }, (_, i) => random.normal() * (1 + (i % 20)));
    const order = random.permutation(300);
    const mixed = Float32Array.from(rows, (_, i) => rows[(order[Math.floor(i / 20)] ?? 0) * 20 + (i % 20)] ?? 0);
    const [a, b] = [principalComponents(rows, 20, 3), principalComponents(mixed, 20, 3)];
    a.components.forEach((component, c) => component.forEach((x, at) => expect(b.components[c]?.[at]).toBeCloseTo(x, 6)));
  });

  it('of rows that do not differ explain nothing, and are finite', () => {
    const { components, explained } = principalComponents(new Float32Array(40).fill(2.5), 8, 3);
    expect(explained).toEqual([0, 0, 0]);
    for (const component of components) expect([...component].every(Number.isFinite)).toBe(true);
    expect(principalComponents(Float32Array.of(1, 2), 2, 3).components).toHaveLength(2);
    expect(principalComponents(new Float32Array(0), 4, 3).explained).toEqual([0, 0, 0]);
  });
});

describe('eigenvalues of a symmetric matrix', () => {
  it('are those known by hand', () => {
    // Characteristic polynomial (2 − λ)(λ² − 4λ + 2): 2 ± √2 and 2.
    const { values, vectors } = eigenSymmetric([
      [2, -1, 0],
      [-1, 2, -1],
      [0, -1, 2],
    ]);
    [2 + Math.SQRT2, 2, 2 - Math.SQRT2].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 12));
    const [v = []] = vectors;
    expect(Math.abs(v[0] ?? 0)).toBeCloseTo(0.5, 12);
    expect(Math.abs(v[1] ?? 0)).toBeCloseTo(Math.SQRT1_2, 12);
  });
});
