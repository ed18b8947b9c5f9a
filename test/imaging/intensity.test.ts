import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intensitySettings, normaliseIntensity, percentiles, physicalValues, windowed, zscore } from '../../core/imaging/index.ts';
import { straight } from './support/volumes.ts';

describe('window', () => {
  it('maps [low, high] to [0, 1] and clips (method 9.3)', () => {
    const values = Float32Array.of(-2000, -1000, 0, 500, 1000, 3000);
    expect(Array.from(normaliseIntensity(values, { kind: 'window', low: -1000, high: 1000 }))).toEqual([0, 0, 0.5, 0.75, 1, 1]);
    expect(Array.from(windowed(Float32Array.of(-175, 37.5, 250), -175, 250))).toEqual([0, 0.5, 1]);
  });
});

describe('z-score', () => {
  it('has mean 0 and population deviation 1 over the voxels that are not 0, which stay 0', () => {
    // Mean 5, population standard deviation 2 of 2 4 4 4 5 5 7 9.
    const result = zscore(Float32Array.of(0, 2, 4, 4, 0, 4, 5, 5, 7, 9));
    expect(Array.from(result)).toEqual([0, -1.5, -0.5, -0.5, 0, -0.5, 0, 0, 1, 2]);
  });
  it('takes a deviation of 0 for 1, and an empty image as it is', () => {
    expect(Array.from(zscore(Float32Array.of(0, 7, 7)))).toEqual([0, 0, 0]);
    expect(Array.from(zscore(new Float32Array(3)))).toEqual([0, 0, 0]);
  });
});

describe('percentiles', () => {
  it('are those of numpy', () => {
    // numpy.percentile([-3, 0.5, 2, 2, 10, 1e6], [0, 0.5, 50, 99.5, 100])
    const found = percentiles(Float32Array.of(10, 2, -3, 1e6, 0.5, 2, NaN), [0, 0.5, 50, 99.5, 100]);
    [-3, -2.9125, 2, 975000.25, 1e6].forEach((v, i) => expect(found[i]).toBeCloseTo(v, 1));
  });
  it('agree with a sort, for any numbers', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 60, noNaN: true, noDefaultInfinity: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (values, p) => {
          const sorted = Float32Array.from(values).sort();
          const at = (p / 100) * (sorted.length - 1);
          const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
          const expected = low + (high - low) * (at - Math.floor(at));
          const [found = NaN] = percentiles(values, [p]);
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
        },
      ),
    );
  });
  it('normalise an image from 0.5 % to 99.5 % unless told otherwise', () => {
    const values = Float32Array.from({ length: 1001 }, (_, i) => (i === 1000 ? 1e6 : i));
    const settings = intensitySettings.parse({ kind: 'percentile' });
    expect(settings).toEqual({ kind: 'percentile', low: 0.5, high: 99.5 });
    const result = normaliseIntensity(values, settings);
    expect([result[0], result[5], result[500], result[995], result[1000]]).toEqual([0, 0, 0.5, 1, 1]);
    expect(Array.from(normaliseIntensity(Float32Array.of(4, 4, 4), settings))).toEqual([0, 0, 0]);
    expect(Array.from(normaliseIntensity(Float32Array.of(2, 4, 6), { kind: 'percentile', low: 0, high: 100 }))).toEqual([0, 0.5, 1]);
  });
});

describe('settings', () => {
  it.each([
    { kind: 'window', low: 5, high: 5 },
    { kind: 'window', low: 1 },
    { kind: 'percentile', low: 60, high: 40 },
    { kind: 'percentile', low: -1 },
    { kind: 'other' },
  ])('refuse %j', (settings) => expect(intensitySettings.safeParse(settings).success).toBe(false));
});

describe('physical values', () => {
  it('apply slope and intercept and replace what is not finite', () => {
    const geometry = straight([2, 2, 1]);
    expect(physicalValues({ geometry, voxels: Int16Array.of(0, 1, 2, -3), slope: 2, intercept: -1024 })).toEqual({
      values: Float32Array.of(-1024, -1022, -1020, -1030),
      replaced: 0,
    });
    const odd = physicalValues({ geometry, voxels: Float64Array.of(NaN, 1e300, -Infinity, 5), slope: 1, intercept: 0 }, -1000);
    expect(odd).toEqual({ values: Float32Array.of(-1000, -1000, -1000, 5), replaced: 3 });
  });
});
