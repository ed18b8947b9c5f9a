import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapMean, bootstrapMeanDifference, wilcoxonSignedRank } from '../../core/evaluation/index.ts';
import { normalUpperTail } from '../../core/evaluation/normal.ts';
import { percentileOfSorted } from '../../core/evaluation/percentile.ts';
import { seededRandom } from '../../core/base/random.ts';
import reference from './fixtures/reference.json' with { type: 'json' };

describe('Wilcoxon signed-rank test', () => {
  it.each(reference.wilcoxon)('agrees with scipy.stats.wilcoxon: $name ($scipy)', ({ differences, statistic, pValue, scipy }) => {
    const result = wilcoxonSignedRank(differences);
    expect(result.pValue / pValue).toBeCloseTo(1, 10);
    expect(result.method).toBe(scipy === 'asymptotic' ? 'normal' : 'exact');
    // SciPy's permutation result reports the sum of positive ranks, the others the smaller sum.
    const total = (result.count * (result.count + 1)) / 2;
    expect([statistic, total - statistic]).toContain(result.statistic);
  });

  it('gives 1 when nothing differs and ignores what is not a number', () => {
    expect(wilcoxonSignedRank([0, 0, 0])).toMatchObject({ pValue: 1, count: 0 });
    expect(wilcoxonSignedRank([1, NaN, 2, Infinity, 3])).toEqual(wilcoxonSignedRank([1, 2, 3]));
  });

  it('does not depend on the sign or the order of the pairs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 }), (d) => {
        const { pValue } = wilcoxonSignedRank(d);
        expect(wilcoxonSignedRank(d.map((x) => -x)).pValue).toBeCloseTo(pValue, 12);
        expect(wilcoxonSignedRank([...d].reverse()).pValue).toBeCloseTo(pValue, 12);
        expect(pValue).toBeGreaterThan(0);
        expect(pValue).toBeLessThanOrEqual(1);
      }),
    );
  });
});

it('normalUpperTail agrees with scipy.stats.norm.sf in the middle and far in the tail', () => {
  for (const { z, p } of reference.normalUpperTail) expect(normalUpperTail(z) / p).toBeCloseTo(1, 11);
});

it('percentileOfSorted agrees with numpy.percentile', () => {
  const sorted = [...reference.percentiles.values].sort((a, b) => a - b);
  for (const { percent, value } of reference.percentiles.at) expect(percentileOfSorted(sorted, percent)).toBeCloseTo(value, 12);
  expect(percentileOfSorted([], 50)).toBeNaN();
});

describe('bootstrap interval', () => {
  it('covers the true mean about as often as it says', () => {
    const random = seededRandom(11);
    const trials = 300;
    let covered = 0;
    for (let t = 0; t < trials; t++) {
      const sample = Array.from({ length: 40 }, () => 5 + random.normal());
      const { low, high } = bootstrapMean(sample, { resamples: 400, seed: t });
      if (low <= 5 && 5 <= high) covered++;
    }
    // Binomial spread of 300 trials at 0.95 is 0.013; the percentile bootstrap of 40 values is known to run a little short.
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.985);
  });

  it('has the width of the normal interval for many values', () => {
    const random = seededRandom(3);
    const sample = Array.from({ length: 400 }, () => random.normal());
    const mean = sample.reduce((a, b) => a + b, 0) / 400;
    const error = Math.sqrt(sample.reduce((s, x) => s + (x - mean) ** 2, 0) / 399 / 400);
    const interval = bootstrapMean(sample);
    expect(interval.mean).toBeCloseTo(mean, 12);
    expect((interval.high - interval.low) / (2 * 1.96 * error)).toBeCloseTo(1, 1);
  });

  it('is the same for the same seed, ignores NaN, and is open below two values', () => {
    expect(bootstrapMean([0.1, NaN, 0.5, 0.9], { seed: 4 })).toEqual(bootstrapMean([0.1, 0.5, 0.9, Infinity], { seed: 4 }));
    expect(bootstrapMean([0.7, NaN])).toEqual({ mean: 0.7, low: NaN, high: NaN, count: 1 });
    expect(bootstrapMean([])).toEqual({ mean: NaN, low: NaN, high: NaN, count: 0 });
  });

  it('of a difference keeps the pairs together', () => {
    const a = [0.1, 0.5, 0.9, NaN];
    expect(bootstrapMeanDifference(a, [0.3, 0.7, 1.1, 1])).toMatchObject({ count: 3 });
    const { mean, low, high } = bootstrapMeanDifference(a, [0.3, 0.7, 1.1, 1]);
    for (const value of [mean, low, high]) expect(value).toBeCloseTo(0.2, 12);
  });
});
