import { seededRandom } from '../base/random.ts';
import { percentileOfSorted } from './percentile.ts';

export interface BootstrapOptions {
  /** How often the cases are drawn anew, with replacement. Default 10000. */
  readonly resamples?: number;
  /** Coverage of the interval, 0..1. Default 0.95. */
  readonly confidence?: number;
  /** Default 0; the same seed gives the same interval on every machine. */
  readonly seed?: number;
}

export const bootstrapDefaults = { resamples: 10_000, confidence: 0.95, seed: 0 } as const;

export interface MeanInterval {
  /** NaN when there is no finite value. */
  readonly mean: number;
  /** Bounds of the interval; NaN for fewer than two values, which say nothing about spread. */
  readonly low: number;
  readonly high: number;
  /** How many values were finite and counted. */
  readonly count: number;
}

/** Percentile bootstrap interval (Efron, 1979) of the mean over cases. Values that are not finite are left out. */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions = {}): MeanInterval {
  const { resamples, confidence, seed } = { ...bootstrapDefaults, ...options };
  const kept = Float64Array.from(values.filter(Number.isFinite));
  const count = kept.length;
  const mean = kept.reduce((total, value) => total + value, 0) / count;
  if (count < 2) return { mean, low: NaN, high: NaN, count };

  const random = seededRandom(seed);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let total = 0;
    for (let i = 0; i < count; i++) total += kept[Math.floor(random.next() * count)] as number;
    means[r] = total / count;
  }
  means.sort();
  const tail = 50 * (1 - confidence);
  return { mean, low: percentileOfSorted(means, tail), high: percentileOfSorted(means, 100 - tail), count };
}

/** The same for the mean of b − a over paired cases; a pair with a value that is not finite is left out. */
export function bootstrapMeanDifference(a: readonly number[], b: readonly number[], options: BootstrapOptions = {}): MeanInterval {
  return bootstrapMean(
    a.map((value, i) => (b[i] ?? NaN) - value),
    options,
  );
}
