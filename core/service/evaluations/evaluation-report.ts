import { csvText } from '../../base/csv.ts';
import { compareEvaluations, evaluationToCsv } from '../../evaluation/index.ts';
import { comparisonResultTable, evaluationDotChart, evaluationSummaryTable, factList, html, renderReport } from '../../report/index.ts';
import type { StoredEvaluation } from './stored-evaluation.ts';

/** One row for each model, scan and segment. */
export function evaluationCsv({ models }: StoredEvaluation): string {
  const [first, ...others] = models.map(({ name, evaluation }) => {
    const [header = '', ...rows] = evaluationToCsv(evaluation).trimEnd().split(/\r?\n/);
    const cell = csvText([[name]]).trimEnd();
    return { header: `model,${header}`, rows: rows.map((row) => `${cell},${row}`) };
  });
  if (first === undefined) return '';
  return [first.header, ...first.rows, ...others.flatMap(({ rows }) => rows)].join('\r\n') + '\r\n';
}

/** A page that stands for itself: what was done, tables, figures. Scans appear by their ids alone. */
export function evaluationReport(stored: StoredEvaluation, version: string): string {
  const { name, created, test, references, leftOut, models } = stored;
  const [first] = models;
  if (first === undefined) throw new Error('an evaluation has a model');
  const { toleranceMm, bootstrap } = first.evaluation;
  const compared = models.slice(1).map((model) => ({ model, comparison: compareEvaluations(first.evaluation, model.evaluation) }));
  const scans = references.length === 1 ? '1 scan' : `${references.length} scans`;
  return renderReport({
    title: name,
    intro: `${models.map((model) => model.name).join(', ')} on ${scans}${test ? ' of the locked test part' : ''}.`,
    sections: [
      {
        title: 'Methods',
        content: html`<p>
            Each model labelled each scan by a sliding window with Gaussian blending, and the result was compared with the reference on the
            scan's own grid. Dice, the 95th percentile of the Hausdorff distance (HD95, in millimetres), and surface Dice, the share of both
            surfaces' area within ${toleranceMm} mm of the other, were computed for each segment. Dice and surface Dice are not defined
            where the reference lacks the segment, distances where either does; such cases are left out of the means, and segments that were
            missed are counted. Intervals are ${100 * bootstrap.confidence} % percentile bootstrap intervals of the mean over scans
            (${bootstrap.resamples} resamples, seed ${bootstrap.seed}); differences were tested with Wilcoxon's signed-rank test, two-sided,
            without correction for the number of segments.
          </p>
          ${factList([
            ['Scans', test ? `${scans}, the locked test part` : `${scans}, not the locked test part`],
            ['Left out', leftOut.length === 0 ? 'none' : `${leftOut.length}, without labels to compare with`],
            ...models.map(
              (model) =>
                [
                  model.name,
                  `${model.network}, ${model.id}${model.seen.length === 0 ? '' : `; learned from ${model.seen.length} of these scans, whose scores mean nothing`}`,
                ] as const,
            ),
          ])}`,
      },
      ...models.map((model) => ({ title: model.name, content: evaluationSummaryTable(model.evaluation) })),
      {
        title: 'Dice of each scan',
        content: evaluationDotChart(
          models.map((model) => ({ name: model.name, evaluation: model.evaluation })),
          'dice',
        ),
      },
      ...compared.map(({ model, comparison }) => ({
        title: `${model.name} beside ${first.name}`,
        content: comparisonResultTable(comparison, 'dice', { a: first.name, b: model.name }, 'Dice, paired by scan'),
      })),
    ],
    footer: `Tessera ${version}, evaluation ${stored.id} of ${created}.`,
  });
}
