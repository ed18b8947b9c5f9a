import { TesseraError } from '../base/errors.ts';
import { bootstrapDefaults, bootstrapMean, type BootstrapOptions } from './bootstrap.ts';
import type { CaseEvaluation, Evaluation, MetricSummary, OutcomeCounts, SegmentScores } from './document.ts';
import { defaultTolerance } from './evaluate-case.ts';
import type { Segment } from './labelmap.ts';
import { eachMetric, orNaN, orNull, type MetricKey } from './metrics.ts';
import { patientMeans, unseenCases } from './patients.ts';
import { percentileOfSorted } from './percentile.ts';

export interface SummaryOptions extends BootstrapOptions {
  /** The tolerance in mm that the cases were scored with; default 1. */
  readonly tolerance?: number;
}

/**
 * Puts cases together into one JSON-able document: means, spread and bootstrap intervals for each segment, and overall of the mean over the
 * segments defined in a case (method 9.4). What is counted is patients: of several cases of one their mean. Undefined scores and cases that were
 * seen are left out of every mean; the former are counted as outcomes.
 * @throws TesseraError `no-data` without cases; `bad-file` when two cases have one name.
 */
export function summarise(cases: readonly CaseEvaluation[], options: SummaryOptions = {}): Evaluation {
  requireCases(cases);
  const { tolerance = defaultTolerance, ...given } = options;
  const bootstrap = { ...bootstrapDefaults, ...given };
  const segments = segmentsOf(cases);
  const counted = unseenCases(cases);
  return {
    schema: 'tessera-evaluation/1',
    toleranceMm: tolerance,
    surfaceDiceOf: 'area',
    bootstrap,
    segments,
    cases: [...cases],
    summary: {
      overall: {
        ...eachMetric((key) => summariseValues(patientMeans(counted, caseMeans(counted, key)), bootstrap)),
        outcomes: countOutcomes(counted.flatMap((c) => c.segments)),
      },
      segments: segments.map((segment) => {
        const scoresOf = (c: CaseEvaluation): SegmentScores | undefined => c.segments.find(({ label }) => label === segment.label);
        return {
          ...segment,
          ...eachMetric((key) =>
            summariseValues(
              patientMeans(
                counted,
                counted.map((c) => orNaN(scoresOf(c)?.[key])),
              ),
              bootstrap,
            ),
          ),
          outcomes: countOutcomes(counted.flatMap((c) => scoresOf(c) ?? [])),
        };
      }),
    },
  };
}

/** For each case the mean of a metric over the segments where it is defined; NaN where none is. */
export function caseMeans(cases: readonly CaseEvaluation[], key: MetricKey): number[] {
  return cases.map(({ segments }) => {
    const defined = segments.map((s) => s[key]).filter((value) => value !== null);
    return defined.reduce((a, b) => a + b, 0) / defined.length;
  });
}

function summariseValues(values: readonly number[], options: BootstrapOptions): MetricSummary {
  const { mean, low, high, count } = bootstrapMean(values, options);
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const squares = sorted.reduce((total, value) => total + (value - mean) ** 2, 0);
  return {
    count,
    mean: orNull(mean),
    std: count < 2 ? null : Math.sqrt(squares / (count - 1)),
    median: orNull(percentileOfSorted(sorted, 50)),
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    low: orNull(low),
    high: orNull(high),
  };
}

function countOutcomes(scores: readonly SegmentScores[]): OutcomeCounts {
  const counts = { found: 0, missed: 0, spurious: 0, absent: 0 };
  for (const { outcome } of scores) counts[outcome]++;
  return counts;
}

function segmentsOf(cases: readonly CaseEvaluation[]): Segment[] {
  const byLabel = new Map<number, Segment>();
  for (const { label, name } of cases.flatMap((c) => c.segments)) if (!byLabel.has(label)) byLabel.set(label, { label, name });
  return [...byLabel.values()].sort((a, b) => a.label - b.label);
}

function requireCases(cases: readonly CaseEvaluation[]): void {
  if (cases.length === 0) {
    throw new TesseraError('no-data', 'There is no case to evaluate.', {
      advice: 'Give predictions whose file names match those of the references.',
    });
  }
  const names = new Set<string>();
  for (const { case: name } of cases) {
    if (names.has(name))
      throw new TesseraError('bad-file', 'is there twice.', { subject: name, advice: 'Give each case a name of its own.' });
    names.add(name);
  }
}
