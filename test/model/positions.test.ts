import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sinCosPositions } from '../../core/model/positions.ts';
import { resizePositions } from '../../core/model/resize-positions.ts';

describe('fixed sine-cosine positions (method 5.2)', () => {
  it('have the check value', () => {
    const table = sinCosPositions(12, [6, 6, 6]);
    const row = (1 * 6 + 2) * 6 + 3;
    const expected = [0.841471, 0.01, 0.540302, 0.99995, 0.909297, 0.019999, -0.416147, 0.9998, 0.14112, 0.029996, -0.989992, 0.99955];
    expected.forEach((e, i) => expect(table[row * 12 + i]).toBeCloseTo(e, 5));
  });

  it('leave the columns beyond a multiple of 6 at zero', () => {
    const wide = sinCosPositions(14, [2, 3, 4]);
    const narrow = sinCosPositions(12, [2, 3, 4]);
    for (let row = 0; row < 24; row++) {
      expect(wide.subarray(row * 14, row * 14 + 12)).toEqual(narrow.subarray(row * 12, row * 12 + 12));
      expect([...wide.subarray(row * 14 + 12, row * 14 + 14)]).toEqual([0, 0]);
    }
  });

  it('are the same on a grid and on the reference grid of that size', () => {
    expect(sinCosPositions(12, [3, 4, 5], [3, 4, 5])).toEqual(sinCosPositions(12, [3, 4, 5]));
  });

  it('take coordinates rescaled onto the reference grid: c = (i + ½)·6/10 − ½ for 10³ against 6³ (method 4.11)', () => {
    const table = sinCosPositions(6, [10, 10, 10], [6, 6, 6]);
    // Width 6 has one frequency, 1: columns 0 and 1 are sin and cos of the coordinate.
    for (let i = 0; i < 10; i++) {
      const c = ((i + 0.5) * 6) / 10 - 0.5;
      expect(table[i * 100 * 6]).toBeCloseTo(Math.sin(c), 6);
      expect(table[i * 100 * 6 + 1]).toBeCloseTo(Math.cos(c), 6);
    }
  });

  it('measure what linear interpolation of a table of coordinates gives, between the outermost places', () => {
    const side = fc.integer({ min: 2, max: 9 });
    const grid = fc.tuple(side, side, side);
    fc.assert(
      fc.property(grid, grid, (to, reference) => {
        const n = reference[0] * reference[1] * reference[2];
        const coordinates = new Float32Array(n * 3);
        for (let row = 0; row < n; row++) {
          coordinates[row * 3] = Math.floor(row / (reference[1] * reference[2]));
          coordinates[row * 3 + 1] = Math.floor(row / reference[2]) % reference[1];
          coordinates[row * 3 + 2] = row % reference[2];
        }
        const resized = resizePositions(coordinates, reference, to, 3);
        const table = sinCosPositions(6, to, reference);
        for (let row = 0; row < to[0] * to[1] * to[2]; row++)
          for (let axis = 0; axis < 3; axis++) {
            const place = [Math.floor(row / (to[1] * to[2])), Math.floor(row / to[2]) % to[1], row % to[2]][axis] ?? 0;
            const [size, ref] = [to[axis] ?? 1, reference[axis] ?? 1];
            const c = ((place + 0.5) * ref) / size - 0.5;
            expect(table[row * 6 + 2 * axis]).toBeCloseTo(Math.sin(c), 5);
            // Interpolation repeats the outermost rows of a table; the formula goes on.
            if (c >= 0 && c <= ref - 1) expect(resized[row * 3 + axis]).toBeCloseTo(c, 4);
          }
      }),
      { numRuns: 40 },
    );
  });
});
