import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gridDifference,
  indexIJK,
  indexToPoint,
  orientationCode,
  pointToIndex,
  reorient,
  resample,
  resampleLabels,
  resizedGeometry,
  respace,
  respacedGeometry,
  type Geometry,
  type Triple,
  type Volume,
} from '../../core/imaging/index.ts';
import { arbitraryGeometry, straight, turnedGeometry, valueAt, volumeFrom } from './support/volumes.ts';

/** A volume whose value is linear in the patient position, so that any linear interpolation must be exact. */
const ramp = (geometry: Geometry, [a, b, c]: Triple): Volume =>
  volumeFrom(geometry, (i, j, k) => {
    const [x, y, z] = indexToPoint(geometry, indexIJK(i, j, k));
    return a * x + b * y + c * z;
  });

const slopes = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }));
const mean = (volume: Volume): number => Array.from(volume.voxels).reduce((a, b) => a + b, 0) / volume.voxels.length;

function expectRamp(result: Volume, source: Geometry, [a, b, c]: Triple): number {
  let inside = 0;
  const [nx, ny, nz] = result.geometry.dims;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const point = indexToPoint(result.geometry, indexIJK(i, j, k));
        if (!pointToIndex(source, point).every((v, axis) => v > -1e-6 && v < (source.dims[axis] ?? 0) - 1 + 1e-6)) continue;
        inside++;
        expect(Math.abs(valueAt(result, i, j, k) - (a * point[0] + b * point[1] + c * point[2]))).toBeLessThan(2e-3);
      }
  return inside;
}

describe('respace', () => {
  it('has round((n − 1) · old / new) + 1 voxels and keeps the first voxel', () => {
    const geometry = straight([512, 512, 97], [0.7, 0.7, 5], [-100, 50, 7]);
    const finer = respacedGeometry(geometry, [1.5, 1.5, 2]);
    expect(finer.dims).toEqual([239, 239, 241]);
    expect(finer.spacing).toEqual([1.5, 1.5, 2]);
    expect([...finer.origin]).toEqual([...geometry.origin]);
    expect(respacedGeometry(straight([31, 40, 1], [1, 1, 1]), [2, 3, 9]).dims).toEqual([16, 14, 1]);
    expect(respacedGeometry(geometry, [0.7, 0.7, 5]).dims).toEqual(geometry.dims);
    expect(() => respacedGeometry(geometry, [1, 0, 1])).toThrow(expect.objectContaining({ code: 'bad-setting' }));
  });

  it('interpolates between neighbours and continues the edge', () => {
    const row = volumeFrom(straight([4, 1, 1], [2, 1, 1]), (i) => [0, 10, 40, 20][i] ?? 0);
    expect(Array.from(respace(row, [1, 1, 1], 'linear').voxels)).toEqual([0, 5, 10, 25, 40, 30, 20]);
    // (4 − 1)·2/3.5 = 1.71 → 3 voxels at 0, 3.5, 7 mm; the last lies beyond 6 mm.
    expect(Array.from(respace(row, [3.5, 1, 1], 'linear').voxels)).toEqual([0, 32.5, 20]);
    expect(Array.from(respace(row, [3.5, 1, 1], 'nearest').voxels)).toEqual([0, 40, 20]);
  });

  it('with the spacing it has changes nothing', () => {
    const volume = volumeFrom(turnedGeometry([5, 6, 7], [0.7, 1.1, 7.5], [0.3, -0.2, 1], [9, 8, 7]), (i, j, k) =>
      Math.sin(i + 2 * j + 3 * k),
    );
    for (const kind of ['linear', 'nearest', 'area'] as const) {
      expect(respace(volume, volume.geometry.spacing, kind).voxels).toEqual(volume.voxels);
    }
  });
});

describe('linear', () => {
  it('is exact on ramps, for parallel grids of any spacing, order and direction of axes', () => {
    fc.assert(
      fc.property(arbitraryGeometry(7), slopes, fc.constantFrom('RAS', 'LPS', 'SRA', 'PIR'), (geometry, slope, code) => {
        const target = reorient(
          volumeFrom(
            respacedGeometry(geometry, [1.3, 2.1, 0.9].map((s, a) => Math.max(s, (geometry.spacing[a] ?? 1) / 3)) as unknown as Triple),
            () => 0,
          ),
          code,
        ).volume.geometry;
        const result = resample(ramp(geometry, slope), target, 'linear');
        expect(result.geometry).toBe(target);
        expect(expectRamp(result, geometry, slope)).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('is exact on ramps, for grids in general position', () => {
    fc.assert(
      fc.property(slopes, fc.double({ min: -3, max: 3, noNaN: true }), (slope, turn) => {
        const source = turnedGeometry([12, 10, 11], [1, 1.5, 2], [0.2, 0.4, -0.3], [5, 6, 7]);
        const middle = indexToPoint(source, indexIJK(5.5, 4.5, 5));
        const target = turnedGeometry([5, 5, 5], [0.9, 0.8, 0.7], [turn, 1 + turn, 0.5], [-middle[0], -middle[1], middle[2]]);
        expect(expectRamp(resample(ramp(source, slope), target, 'linear'), source, slope)).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same for a parallel grid as for one a hair out of parallel', () => {
    const source = volumeFrom(straight([9, 8, 7], [1, 1.2, 1.4]), (i, j, k) => Math.sin(i) + Math.cos(2 * j) + k);
    const target = (angle: number): Geometry => turnedGeometry([11, 12, 13], [0.8, 0.9, 0.7], [angle, 0, 0], [-1, -1, -1]);
    for (const border of ['replicate', { constant: -5 }] as const) {
      for (const kind of ['linear', 'nearest'] as const) {
        const parallel = resample(source, target(0), kind, border).voxels;
        const oblique = resample(source, target(2e-4), kind, border).voxels;
        const apart = Array.from(parallel, (v, i) => Math.abs(v - (oblique[i] ?? NaN))).filter((d) => !(d < 0.05));
        // A nearest voxel may change where a centre lies on the border of two.
        expect(apart.length).toBeLessThan(kind === 'linear' ? 1 : 30);
      }
    }
  });

  it('applies slope and intercept, and a constant border in physical units', () => {
    const volume: Volume = { geometry: straight([2, 1, 1]), voxels: Int16Array.of(10, 20), slope: 2, intercept: -1000 };
    const result = resample(volume, straight([5, 1, 1], [1, 1, 1], [-2, 0, 0]), 'linear', { constant: -1024 });
    expect(Array.from(result.voxels)).toEqual([-1024, -1024, -980, -960, -1024]);
    const nearest = resample(volume, straight([5, 1, 1], [1, 1, 1], [-2, 0, 0]), 'nearest', { constant: -1024 });
    expect(nearest.voxels).toEqual(Int16Array.of(-12, -12, 10, 20, -12));
    expect(valueAt(nearest, 0, 0, 0)).toBe(-1024);
  });
});

describe('area', () => {
  it('preserves the mean when the new grid covers the same box', () => {
    fc.assert(
      fc.property(
        arbitraryGeometry(9),
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        (geometry, wanted) => {
          const dims = geometry.dims.map((n, axis) => Math.min(n, wanted[axis] ?? n)) as unknown as Triple;
          const volume = volumeFrom(geometry, (i, j, k) => Math.sin(3 * i + 5 * j + 7 * k) * 100);
          const small = resample(volume, resizedGeometry(geometry, dims), 'area');
          expect(small.geometry.dims).toEqual(dims);
          expect(Math.abs(mean(small) - mean(volume))).toBeLessThan(1e-3);
        },
      ),
    );
  });

  it('averages whole and parts of voxels', () => {
    const row = volumeFrom(straight([6, 1, 1]), (i) => i * i);
    expect(Array.from(resample(row, resizedGeometry(row.geometry, [3, 1, 1]), 'area').voxels)).toEqual([0.5, 6.5, 20.5]);
    const [a, b, c, d] = resample(row, resizedGeometry(row.geometry, [4, 1, 1]), 'area').voxels;
    [a, b, c, d].forEach((v, i) => expect(v).toBeCloseTo([0.5 / 1.5, (0.5 + 4) / 1.5, (9 + 8) / 1.5, (8 + 25) / 1.5][i] ?? NaN, 5));
  });

  it('does not alias where linear does', () => {
    const stripes = volumeFrom(straight([64, 4, 4]), (i) => (i % 2) * 100);
    const spread = (v: Volume): number => Math.max(...v.voxels) - Math.min(...v.voxels);
    const grid = resizedGeometry(straight([64, 4, 4]), [20, 4, 4]);
    expect(spread(resample(stripes, grid, 'linear'))).toBeGreaterThan(50);
    expect(spread(resample(stripes, grid, 'area'))).toBeLessThan(35);
    const oblique = turnedGeometry([12, 3, 1], [3.2, 1, 1], [0.05, 0, 0], [10, 0.5, 1]);
    expect(spread(resample(stripes, oblique, 'linear'))).toBeGreaterThan(50);
    expect(spread(resample(stripes, oblique, 'area'))).toBeLessThan(35);
  });
});

describe('nearest', () => {
  it('invents no label and keeps the stored type, on any grid', () => {
    fc.assert(
      fc.property(arbitraryGeometry(8), arbitraryGeometry(8), (from, to) => {
        const labels = volumeFrom(
          from,
          (i, j, k) => [0, 3, 7, 200][(i + j + k) % 4] ?? 0,
          new Uint8Array(from.dims.reduce((a, b) => a * b)),
        );
        const result = resampleLabels(labels, to);
        expect(result.voxels).toBeInstanceOf(Uint8Array);
        expect([...new Set(result.voxels)].filter((v) => ![0, 3, 7, 200].includes(v))).toEqual([]);
        expect(gridDifference(to, result.geometry, 0)).toBeUndefined();
      }),
    );
  });

  it('brings a result back onto the scan exactly: reorient, enlarge, shrink', () => {
    const scan = turnedGeometry([6, 7, 8], [1, 1.5, 3], [0.1, 0.2, 0.3], [4, 5, 6], true);
    const labels = volumeFrom(scan, (i, j, k) => (i * 7 + j * 3 + k) % 5, new Uint8Array(6 * 7 * 8));
    const working = respace(reorient(labels, 'RAS').volume, [0.5, 0.5, 0.5], 'nearest');
    expect(orientationCode(working.geometry)).toBe('RAS');
    expect(resampleLabels(working, scan).voxels).toEqual(labels.voxels);
  });
});
