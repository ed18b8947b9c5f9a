import {
  formatP,
  formatScore,
  metrics,
  unseenCases,
  type Comparison,
  type Evaluation,
  type Metric,
  type MetricKey,
  type MetricSummary,
  type PairedResult,
} from '../evaluation/index.ts';
import { dotChart } from './dot-chart.ts';
import { html, type Content, type Html } from './html.ts';
import { table } from './table.ts';

export interface NamedEvaluation {
  readonly name: string;
  readonly evaluation: Evaluation;
}

/** Mean and interval of every metric, a row for each segment and one overall. */
export function evaluationSummaryTable({ summary, toleranceMm }: Evaluation, caption?: Content): Html {
  const cells = (of: Record<MetricKey, MetricSummary> & { outcomes: Evaluation['summary']['overall']['outcomes'] }): Content[] => [
    ...metrics.map(({ key, digits }) => withInterval(of[key].mean, of[key].low, of[key].high, digits)),
    `${of.outcomes.missed} / ${of.outcomes.found + of.outcomes.missed}`,
  ];
  return table({
    columns: [
      { title: 'Segment' },
      ...metrics.map((m) => ({ title: metricTitle(m, toleranceMm), numeric: true })),
      { title: 'Missed', numeric: true },
    ],
    rows: [...summary.segments.map((s) => [s.name, ...cells(s)]), ['Overall', ...cells(summary.overall)]],
    emphasiseLast: true,
    ...(caption === undefined ? {} : { caption }),
  });
}

/** One metric of one or more evaluations: a dot a case, mean and confidence interval, for each segment. */
export function evaluationDotChart(evaluations: readonly NamedEvaluation[], key: MetricKey): Html {
  const metric = metricOf(key);
  const labels = new Map(evaluations.flatMap(({ evaluation }) => evaluation.segments.map(({ label, name }) => [label, name] as const)));
  const title = metricTitle(metric, evaluations[0]?.evaluation.toleranceMm ?? 1);
  return dotChart({
    title: `${title} for each case and segment`,
    value: { label: `${title} (${metric.better} is better)` },
    series: evaluations.map(({ name }) => name),
    rows: [...labels].map(([label, name]) => ({
      name,
      entries: evaluations.map(({ evaluation }) => {
        const of = evaluation.summary.segments.find((s) => s.label === label)?.[key];
        if (of === undefined) return undefined;
        const dots = unseenCases(evaluation.cases).flatMap((c) => {
          const value = c.segments.find((s) => s.label === label)?.[key] ?? null;
          return value === null ? [] : [{ name: c.case, value }];
        });
        return { dots, mean: of.mean, low: of.low, high: of.high };
      }),
    })),
  });
}

/** One metric of two evaluations, paired by case: both means, the difference with its interval, p-value. */
export function comparisonResultTable(
  comparison: Comparison,
  key: MetricKey,
  names: { readonly a: string; readonly b: string },
  caption?: Content,
): Html {
  const { digits } = metricOf(key);
  const cells = (of: PairedResult): Content[] => [
    formatScore(of.meanA, digits),
    formatScore(of.meanB, digits),
    withInterval(of.difference, of.low, of.high, digits, true),
    formatP(of.pValue),
    of.pairs,
  ];
  return table({
    columns: [
      { title: 'Segment' },
      ...[names.a, names.b, 'Difference', 'p (Wilcoxon)', 'Pairs'].map((title) => ({ title, numeric: true })),
    ],
    rows: [...comparison.segments.map((s) => [s.name, ...cells(s[key])]), ['Overall', ...cells(comparison.overall[key])]],
    emphasiseLast: true,
    ...(caption === undefined ? {} : { caption }),
  });
}

function metricOf(key: MetricKey): Metric {
  return metrics.find((m) => m.key === key) ?? metrics[0];
}

function metricTitle({ key, title, unit }: Metric, toleranceMm: number): string {
  if (key === 'surfaceDice') return `${title} at ${toleranceMm} mm`;
  return unit === '' ? title : `${title}, ${unit}`;
}

function withInterval(mean: number | null, low: number | null, high: number | null, digits: number, signed = false): Content {
  const show = (value: number | null): string =>
    (signed && value !== null && value > 0 ? '+' : '') + formatScore(value, digits).replace('-', '−');
  return low === null || high === null ? show(mean) : html`${show(mean)} <span class="interval-text">${show(low)} to ${show(high)}</span>`;
}
