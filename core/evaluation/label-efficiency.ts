import { seededRandom } from '../base/random.ts';
import { bootstrapDefaults, type BootstrapOptions } from './bootstrap.ts';
import { percentileOfSorted } from './percentile.ts';

/** A model, how many scans with labels it learned from, and its Dice on each case: the same cases in the same order for all models. */
export interface LearnedModel {
  readonly labels: number;
  /** 0..1; NaN where it is not defined. */
  readonly dice: readonly number[];
}

export interface LabelEfficiencyOptions extends BootstrapOptions {
  /** Whose scan each case is; each its own patient unless given. Patients are drawn, not scans. */
  readonly patients?: readonly string[];
  /** Numbers of further labelled scans to forecast for. Default 5, 10, 20. */
  readonly more?: readonly number[];
}

/** Why there is no forecast: fewer than three sizes, or fewer than three patients with a Dice by every model. */
export type NoForecast = 'sizes' | 'patients';

/** Mean Dice of the models of one size: over patients, of several scans of one their mean. */
export interface LabelPoint {
  readonly labels: number;
  readonly models: number;
  readonly dice: number;
  /** Percentile bootstrap interval over patients; null for fewer than two. */
  readonly low: number | null;
  readonly high: number | null;
}

/** What further labels would bring by the fitted law. */
export interface LabelForecast {
  readonly more: number;
  /** Labelled scans in all. */
  readonly labels: number;
  readonly dice: number;
  /** Of Dice, with its interval. */
  readonly gain: number;
  readonly low: number;
  readonly high: number;
  /** More than twice the most labels that were tried: a guess. */
  readonly far: boolean;
}

export interface LabelEfficiency {
  /** Cases and patients that count: every model has a Dice on them. */
  readonly cases: number;
  readonly patients: number;
  /** By rising number of labels. */
  readonly points: readonly LabelPoint[];
  readonly cannot?: NoForecast;
  /** 1 − Dice = a + b · labels^−c. */
  readonly law?: { readonly a: number; readonly b: number; readonly c: number };
  /** The law with its pointwise interval; empty without a forecast. */
  readonly curve: readonly { readonly labels: number; readonly dice: number; readonly low: number; readonly high: number }[];
  readonly forecasts: readonly LabelForecast[];
}

/** As few points as three parameters can be told from, and as few patients as an interval can be. */
const FEWEST = 3;
/** Exponents that are tried: learning curves of segmentation lie between (Viering and Loog, 2023); a steeper one is a step. */
const EXPONENTS = Array.from({ length: 191 }, (_, n) => 0.1 + 0.01 * n);
/** Drawn along the curve. */
const PLACES = 33;
const defaultMore = [5, 10, 20] as const;

/**
 * Mean Dice against the number of labelled scans, and what more of them would bring: an inverse power law 1 − Dice = a + b · n^−c is fitted by
 * least squares over the sizes, each weighed by its number of models, with a within 0..1, c within 0.1..2 and |b| at most 1 at the smallest
 * size. b may be negative, so that an interval can cover a loss. Intervals are of a bootstrap over patients, the same draw for all models:
 * they hold the luck of the test cases, not that of another training. Pure; the same input gives the same numbers.
 */
export function labelEfficiency(models: readonly LearnedModel[], options: LabelEfficiencyOptions = {}): LabelEfficiency {
  const { resamples, confidence, seed, more } = { ...bootstrapDefaults, more: defaultMore, ...options };
  const counted = sharedCases(models, options.patients);
  const sizes = sizesOf(models, counted);
  const draws = drawPatients(counted, resamples, seed);
  const errors = sizes.map(({ means }) => draws.map((draw) => meanOf(means, draw)));
  const tail = 50 * (1 - confidence);
  const interval = (values: readonly number[]): { low: number; high: number } => {
    const sorted = Float64Array.from(values).sort();
    return { low: percentileOfSorted(sorted, tail), high: percentileOfSorted(sorted, 100 - tail) };
  };
  const patients = counted.counts.length;
  const points = sizes.map(({ labels, models: n, error }, at) => {
    const { low, high } = interval((errors[at] ?? []).map((each) => 1 - each));
    return { labels, models: n, dice: 1 - error, ...(patients < 2 ? { low: null, high: null } : { low, high }) };
  });
  const told = { cases: counted.cases, patients, points };
  const cannot: NoForecast | undefined = sizes.length < FEWEST ? 'sizes' : patients < FEWEST ? 'patients' : undefined;
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (cannot !== undefined || first === undefined || last === undefined)
    return { ...told, cannot: cannot ?? 'sizes', curve: [], forecasts: [] };

  const fit = lawFitter(sizes);
  const law = fit(sizes.map(({ error }) => error));
  const laws = draws.map((_, draw) => fit(errors.map((each) => each[draw] as number)));
  const furthest = last.labels + Math.max(...more, 0);
  const places = Array.from({ length: PLACES }, (_, n) => first.labels * (furthest / first.labels) ** (n / (PLACES - 1)));
  const smallest = first.labels;
  return {
    ...told,
    law: { a: law.a, b: law.b * smallest ** law.c, c: law.c },
    curve: places.map((labels) => ({
      labels,
      dice: diceAt(law, labels / smallest),
      ...interval(laws.map((each) => diceAt(each, labels / smallest))),
    })),
    forecasts: more.map((n) => {
      const labels = last.labels + n;
      const gainBy = (by: Law): number => diceAt(by, labels / smallest) - diceAt(by, last.labels / smallest);
      return {
        more: n,
        labels,
        dice: diceAt(law, labels / smallest),
        gain: gainBy(law),
        ...interval(laws.map(gainBy)),
        far: labels > 2 * last.labels,
      };
    }),
  };
}

/** With b as the part of the error at the smallest size that labels take away. */
interface Law {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const diceAt = ({ a, b, c }: Law, times: number): number => Math.min(1, Math.max(0, 1 - a - b * times ** -c));

interface Counted {
  readonly cases: number;
  /** Which patient each case is of, by number; −1 for cases that do not count. */
  readonly patient: readonly number[];
  /** Cases of each patient. */
  readonly counts: readonly number[];
}

function sharedCases(models: readonly LearnedModel[], patients: readonly string[] | undefined): Counted {
  const length = Math.min(...models.map(({ dice }) => dice.length));
  const known = new Map<string, number>();
  const counts: number[] = [];
  const patient: number[] = [];
  for (let at = 0; at < (models.length === 0 ? 0 : length); at++) {
    const isShared = models.every(({ dice }) => Number.isFinite(dice[at]));
    const name = patients === undefined ? String(at) : (patients[at] ?? String(at));
    const number = isShared ? (known.get(name) ?? known.size) : -1;
    patient.push(number);
    if (!isShared) continue;
    known.set(name, number);
    counts[number] = (counts[number] ?? 0) + 1;
  }
  return { cases: counts.reduce((sum, n) => sum + n, 0), patient, counts };
}

interface Size {
  readonly labels: number;
  readonly models: number;
  /** Mean over patients and models. */
  readonly error: number;
  /** Each patient's error: the mean over own cases and models. */
  readonly means: readonly number[];
}

function sizesOf(models: readonly LearnedModel[], { patient, counts, cases }: Counted): Size[] {
  if (cases === 0) return [];
  const labels = [...new Set(models.map((model) => model.labels))].filter((n) => n > 0).sort((a, b) => a - b);
  return labels.map((n) => {
    const own = models.filter((model) => model.labels === n);
    const means = counts.map(() => 0);
    for (const { dice } of own)
      patient.forEach((number, at) => {
        if (number >= 0) means[number] = (means[number] ?? 0) + (1 - (dice[at] ?? 0)) / own.length / (counts[number] ?? 1);
      });
    return { labels: n, models: own.length, means, error: means.reduce((a, b) => a + b, 0) / means.length };
  });
}

/** Numbers of the patients of each draw, with replacement. */
function drawPatients({ counts }: Counted, resamples: number, seed: number): Int32Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: resamples }, () => Int32Array.from(counts, () => Math.floor(random.next() * counts.length)));
}

function meanOf(means: readonly number[], draw: Int32Array): number {
  let sum = 0;
  for (const patient of draw) sum += means[patient] as number;
  return sum / draw.length;
}

/** Fits the errors of these sizes; what does not depend on them is computed once. */
function lawFitter(sizes: readonly Size[]): (errors: readonly number[]) => Law {
  const weights = sizes.map(({ models }) => models);
  const total = weights.reduce((a, b) => a + b, 0);
  const smallest = sizes[0]?.labels ?? 1;
  const curves = EXPONENTS.map((c) => {
    const x = sizes.map(({ labels }) => (labels / smallest) ** -c);
    const mean = x.reduce((sum, value, at) => sum + (weights[at] as number) * value, 0) / total;
    return { c, x, mean, spread: x.reduce((sum, value, at) => sum + (weights[at] as number) * (value - mean) ** 2, 0) };
  });
  return (errors) => {
    let best: Law & { readonly loss: number } = { a: 0, b: 0, c: 0, loss: Infinity };
    const meanError = errors.reduce((sum, error, at) => sum + (weights[at] as number) * error, 0) / total;
    for (const { c, x, mean, spread } of curves) {
      let joint = 0;
      for (let at = 0; at < x.length; at++) joint += (weights[at] as number) * ((x[at] as number) - mean) * (errors[at] as number);
      const lossOf = (a: number, b: number): number => {
        let loss = 0;
        for (let at = 0; at < x.length; at++) loss += (weights[at] as number) * ((errors[at] as number) - a - b * (x[at] as number)) ** 2;
        return loss;
      };
      const free = { b: joint / spread, a: meanError - (joint / spread) * mean };
      const candidates = isWithin(free) ? [free] : edges(meanError, mean, spread / total + mean ** 2, joint / total + mean * meanError);
      for (const { a, b } of candidates) {
        const loss = lossOf(a, b);
        if (loss < best.loss) best = { a, b, c, loss };
      }
    }
    return best;
  };
}

const isWithin = ({ a, b }: { a: number; b: number }): boolean => a >= 0 && a <= 1 && Math.abs(b) <= 1;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The best places on the edges of what a and b may be; the sum of squares is convex, so the best of all lies among them. Means of y, x, x² and xy. */
function edges(y: number, x: number, xx: number, xy: number): { a: number; b: number }[] {
  const withA = (a: number): { a: number; b: number } => ({ a, b: clamp((xy - a * x) / xx, -1, 1) });
  const withB = (b: number): { a: number; b: number } => ({ a: clamp(y - b * x, 0, 1), b });
  return [withA(0), withA(1), withB(-1), withB(1)];
}
