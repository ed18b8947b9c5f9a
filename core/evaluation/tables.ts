import type { Comparison, PairedResult } from './compare.ts';
import type { Evaluation, MetricSummary, OutcomeCounts } from './document.ts';
import { metrics, type Metric } from './metrics.ts';
import { textTable } from './text-table.ts';

/** A score as people read it; an en dash where it is not defined. */
export function formatScore(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

/** A p-value with two or three significant digits, never as zero. */
export function formatP(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** The summary of an evaluation for a terminal: a row for each segment, one overall, mean with its interval in brackets. */
export function evaluationTable({ cases, summary, toleranceMm, bootstrap }: Evaluation): string {
  const header = ['segment', ...metrics.map((m) => titleOf(m, toleranceMm)), 'missed', 'spurious'];
  const cells = (of: Record<Metric['key'], MetricSummary> & { outcomes: OutcomeCounts }): string[] => [
    ...metrics.map((m) => interval(of[m.key].mean, of[m.key].low, of[m.key].high, m.digits)),
    `${of.outcomes.missed}/${of.outcomes.found + of.outcomes.missed}`,
    `${of.outcomes.spurious}/${of.outcomes.spurious + of.outcomes.absent}`,
  ];
  const rows = [...summary.segments.map((s) => [s.name, ...cells(s)]), ['overall', ...cells(summary.overall)]];
  const notes = [
    `${cases.length} ${cases.length === 1 ? 'case' : 'cases'}; mean [${percent(bootstrap.confidence)} bootstrap interval over ${unitOf(cases)}].`,
    `Overall: mean over ${unitOf(cases)} of the mean over segments. MSD: mean surface distance.`,
    ...notesOf(cases),
    'Distances leave missed segments out; their Dice counts as 0.',
  ];
  return [textTable(header, rows), '', ...notes].join('\n');
}

/** What means, intervals and tests count: cases in documents that do not tell patients. */
export const unitOf = (cases: Evaluation['cases']): 'patients' | 'cases' =>
  cases.some(({ patient }) => patient !== undefined) ? 'patients' : 'cases';

function notesOf(cases: Evaluation['cases']): string[] {
  const seen = cases.filter((one) => one.seen === true).length;
  return [
    ...(unitOf(cases) === 'patients' ? ['Of several cases of a patient their mean counts, once.'] : []),
    ...(seen > 0 ? [`${seen} ${seen === 1 ? 'case' : 'cases'} that the model has learned from: in no mean.`] : []),
  ];
}

/** Every case and segment for a terminal. */
export function caseTable({ cases, toleranceMm }: Evaluation): string {
  const header = ['case', 'segment', ...metrics.map((m) => titleOf(m, toleranceMm)), 'reference ml', 'prediction ml', 'outcome'];
  const rows = cases.flatMap((c) =>
    c.segments.map((s) => [
      c.case,
      s.name,
      ...metrics.map((m) => formatScore(s[m.key], m.digits)),
      s.referenceMl.toFixed(1),
      s.predictionMl.toFixed(1),
      s.outcome,
    ]),
  );
  return textTable(header, rows);
}

/** Two evaluations side by side for a terminal, a block for each metric. */
export function comparisonTable(comparison: Comparison, names: { readonly a: string; readonly b: string } = { a: 'A', b: 'B' }): string {
  const { cases, onlyInA, onlyInB, bootstrap } = comparison;
  const blocks = metrics.map((m) => {
    const row = (name: string, r: PairedResult): string[] => [
      name,
      formatScore(r.meanA, m.digits),
      formatScore(r.meanB, m.digits),
      interval(r.difference, r.low, r.high, m.digits, true),
      formatP(r.pValue),
      String(r.pairs),
    ];
    const title = m.unit === '' ? m.title : `${m.title} (${m.unit})`;
    const header = [`${title}, ${m.better} is better`, names.a, names.b, 'difference', 'p', 'pairs'];
    return textTable(header, [...comparison.segments.map((s) => row(s.name, s[m.key])), row('overall', comparison.overall[m.key])]);
  });
  const notes = [
    `${cases.length} ${cases.length === 1 ? 'case' : 'cases'} in both; difference = ${names.b} − ${names.a}, mean [${percent(bootstrap.confidence)} bootstrap interval].`,
    'p: Wilcoxon signed-rank test, two-sided, not corrected for several segments.',
    ...(onlyInA.length > 0 ? [`Left out, only in ${names.a}: ${onlyInA.join(', ')}.`] : []),
    ...(onlyInB.length > 0 ? [`Left out, only in ${names.b}: ${onlyInB.join(', ')}.`] : []),
  ];
  return [...blocks.flatMap((block) => [block, '']), ...notes].join('\n');
}

function titleOf({ key, short, unit }: Metric, toleranceMm: number): string {
  if (key === 'surfaceDice') return `${short} @ ${toleranceMm} mm`;
  return unit === '' ? short : `${short} (${unit})`;
}

function interval(mean: number | null, low: number | null, high: number | null, digits: number, signed = false): string {
  const show = (value: number | null): string =>
    (signed && value !== null && value > 0 ? '+' : '') + formatScore(value, digits).replace('-', '−');
  return low === null || high === null ? show(mean) : `${show(mean)} [${show(low)}, ${show(high)}]`;
}

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
