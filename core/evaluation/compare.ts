import { TesseraError } from '../base/errors.ts';
import { bootstrapDefaults, bootstrapMeanDifference, type BootstrapOptions } from './bootstrap.ts';
import type { CaseEvaluation, Evaluation } from './document.ts';
import { eachMetric, orNaN, orNull, type MetricKey } from './metrics.ts';
import { patientMeans } from './patients.ts';
import { caseMeans } from './summary.ts';
import { wilcoxonSignedRank } from './wilcoxon.ts';

/** One metric of two evaluations over the same cases; differences are b − a. */
export interface PairedResult {
  /** Patients, or cases that tell none, of whom both have a score; everything below is over these, of several cases of one over their mean. */
  readonly pairs: number;
  readonly meanA: number | null;
  readonly meanB: number | null;
  readonly difference: number | null;
  /** Percentile bootstrap interval of the mean difference; null below two pairs. */
  readonly low: number | null;
  readonly high: number | null;
  /** Wilcoxon signed-rank, two-sided, not corrected for testing several segments; null without pairs. */
  readonly pValue: number | null;
  readonly test: 'exact' | 'normal' | null;
}

export type PairedMetrics = Readonly<Record<MetricKey, PairedResult>>;

export interface Comparison {
  readonly schema: 'tessera-comparison/1';
  readonly bootstrap: Required<BootstrapOptions>;
  /** Names of the cases that both have, and neither has seen. */
  readonly cases: readonly string[];
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
  readonly overall: PairedMetrics;
  readonly segments: readonly (PairedMetrics & { readonly label: number; readonly name: string })[];
}

/**
 * Compares two evaluations patient by patient: mean difference b − a with its bootstrap interval and a Wilcoxon signed-rank test, overall (mean
 * over segments in each case, over the segments that both define) and for each segment that both have. Cases that either has seen are left out.
 * @throws TesseraError `no-data` when they share no case or segment; `bad-setting` when their surface Dice tolerances or kinds differ.
 */
export function compareEvaluations(a: Evaluation, b: Evaluation, options: BootstrapOptions = {}): Comparison {
  if (a.toleranceMm !== b.toleranceMm) {
    throw new TesseraError('bad-setting', `differs: ${a.toleranceMm} mm and ${b.toleranceMm} mm.`, {
      subject: 'surface Dice tolerance',
      advice: 'Evaluate both with the same tolerance.',
    });
  }
  if (a.surfaceDiceOf !== b.surfaceDiceOf) {
    throw new TesseraError('bad-setting', `is a share of ${a.surfaceDiceOf} in one and of ${b.surfaceDiceOf} in the other.`, {
      subject: 'surface Dice',
      advice: 'Evaluate the older one again.',
    });
  }
  const bootstrap = { ...bootstrapDefaults, ...options };
  const inB = new Map(b.cases.map((c) => [c.case, c]));
  const common = a.cases.flatMap((c) => {
    const partner = inB.get(c.case);
    return partner === undefined ? [] : [[c, partner] as const];
  });
  const segments = a.segments.filter(({ label }) => b.segments.some((other) => other.label === label));
  if (common.length === 0 || segments.length === 0) {
    throw new TesseraError('no-data', `The two evaluations have no ${common.length === 0 ? 'case' : 'segment'} in common.`, {
      advice: 'Compare evaluations of the same references.',
    });
  }

  const inBoth = new Set(common.map(([{ case: name }]) => name));
  const pairs = common.filter(([x, y]) => x.seen !== true && y.seen !== true);
  const patients = pairs.map(([x, y]) => ({ ...y, ...x }));
  const valuesOf = (cases: readonly CaseEvaluation[], label: number, key: MetricKey): number[] =>
    cases.map((c) => orNaN(c.segments.find((s) => s.label === label)?.[key]));
  const casesA = pairs.map(([x]) => x);
  const casesB = pairs.map(([, y]) => y);
  return {
    schema: 'tessera-comparison/1',
    bootstrap,
    cases: pairs.map(([{ case: name }]) => name),
    onlyInA: a.cases.map((c) => c.case).filter((name) => !inBoth.has(name)),
    onlyInB: b.cases.map((c) => c.case).filter((name) => !inBoth.has(name)),
    overall: eachMetric((key) => {
      const both = pairs.map(([x, y]) => keepShared(x, y, key));
      return comparePairs(
        patients,
        caseMeans(
          both.map(([x]) => x),
          key,
        ),
        caseMeans(
          both.map(([, y]) => y),
          key,
        ),
        bootstrap,
      );
    }),
    segments: segments.map((segment) => ({
      ...segment,
      ...eachMetric((key) => comparePairs(patients, valuesOf(casesA, segment.label, key), valuesOf(casesB, segment.label, key), bootstrap)),
    })),
  };
}

/** Only the segments where both define the metric: a mean over other organs would be no paired difference. */
function keepShared(x: CaseEvaluation, y: CaseEvaluation, key: MetricKey): readonly [CaseEvaluation, CaseEvaluation] {
  const defined = (c: CaseEvaluation): Set<number> => new Set(c.segments.filter((s) => s[key] !== null).map((s) => s.label));
  const inX = defined(x);
  const inY = defined(y);
  const keep = (c: CaseEvaluation): CaseEvaluation => ({
    ...c,
    segments: c.segments.filter(({ label }) => inX.has(label) && inY.has(label)),
  });
  return [keep(x), keep(y)];
}

function comparePairs(
  cases: readonly CaseEvaluation[],
  a: readonly number[],
  b: readonly number[],
  options: Required<BootstrapOptions>,
): PairedResult {
  const isPair = (at: number): boolean => Number.isFinite(a[at]) && Number.isFinite(b[at]);
  const ofPairs = (values: readonly number[]): number[] =>
    patientMeans(
      cases,
      values.map((value, at) => (isPair(at) ? value : NaN)),
    ).filter(Number.isFinite);
  const from = ofPairs(a);
  const to = ofPairs(b);
  const kept = from.map((x, at) => [x, to[at] ?? NaN] as const);
  const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
  const { mean: difference, low, high } = bootstrapMeanDifference(from, to, options);
  // Differences that are equal but for rounding must tie: 0.8 − 0.7 and 0.9 − 0.8 are not the same double.
  const test = wilcoxonSignedRank(kept.map(([x, y]) => Number((y - x).toFixed(12))));
  return {
    pairs: kept.length,
    meanA: orNull(mean(from)),
    meanB: orNull(mean(to)),
    difference: orNull(difference),
    low: orNull(low),
    high: orNull(high),
    pValue: kept.length === 0 ? null : test.pValue,
    test: kept.length === 0 ? null : test.method,
  };
}
