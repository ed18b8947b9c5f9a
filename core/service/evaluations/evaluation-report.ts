import { csvText } from '../../base/csv.ts';
import { caseMeans, compareEvaluations, evaluationToCsv, formatScore, unitOf } from '../../evaluation/index.ts';
import {
  comparisonResultTable,
  evaluationDotChart,
  evaluationSummaryTable,
  factList,
  figure,
  html,
  renderReport,
  scatterChart,
  table,
  type Html,
} from '../../report/index.ts';
import { labelCurvesOf } from './label-curves.ts';
import { labelEfficiencyContent } from './report-labels.ts';
import { pastContent } from './report-past.ts';
import { provenanceSections } from './report-provenance.ts';
import type { StoredEvaluation } from './stored-evaluation.ts';

/**
 * One row for each model, scan and segment, with the number of labelled scans that the model learned from where it is known, the patient, and
 * whether the model has seen the scan's labels.
 */
export function evaluationCsv({ models }: StoredEvaluation): string {
  const [first, ...others] = models.map(({ name, origin, evaluation }) => {
    const [header = '', ...lines] = evaluationToCsv(evaluation).trimEnd().split(/\r?\n/);
    const ends = evaluation.cases.flatMap(({ patient, seen, segments }) => segments.map(() => `${patient ?? ''},${seen === true ? 1 : 0}`));
    const rows = lines.map((line, at) => `${line},${ends[at] ?? ''}`);
    const cells = csvText([[name, origin?.learned?.scans]]).trimEnd();
    return { header: `model,labelledScans,${header},patient,seen`, rows: rows.map((row) => `${cells},${row}`) };
  });
  if (first === undefined) return '';
  return [first.header, ...first.rows, ...others.flatMap(({ rows }) => rows)].join('\r\n') + '\r\n';
}

/** The whole document, with what follows from it for the number of labels. */
export function evaluationJson(stored: StoredEvaluation): string {
  return JSON.stringify({ ...stored, labelEfficiency: labelCurvesOf(stored) }, null, 1);
}

/** A page that stands for itself: what was done, tables, figures. Scans appear by their ids alone. */
export function evaluationReport(stored: StoredEvaluation, version: string): string {
  const { name, created, test, references, leftOut, models } = stored;
  const [first] = models;
  if (first === undefined) throw new Error('an evaluation has a model');
  const { toleranceMm, bootstrap, cases } = first.evaluation;
  const unit = unitOf(cases) === 'patients' ? 'patients' : 'scans';
  const compared = models.slice(1).map((model) => ({ model, comparison: compareEvaluations(first.evaluation, model.evaluation) }));
  const labels = labelEfficiencyContent(labelCurvesOf(stored));
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
            missed are counted. Intervals are ${100 * bootstrap.confidence} % percentile bootstrap intervals of the mean over ${unit}
            (${bootstrap.resamples} resamples, seed ${bootstrap.seed}); differences were tested with Wilcoxon's signed-rank test, two-sided,
            without correction for the number of segments. ${counted[unit]} Scans whose labels went into the weights of a model are left out
            of its means and of the tests beside it, and marked in the table of scans.
          </p>
          ${factList([
            ['Scans', test ? `${scans}, the locked test part` : `${scans}, not the locked test part`],
            ['Left out', leftOut.length === 0 ? 'none' : `${leftOut.length}, without labels to compare with`],
            ...models.map((model) => [model.name, `${model.network}, ${model.id}`] as const),
          ])}
          ${models.map(pastContent)}`,
      },
      ...models.map((model) => ({ title: model.name, content: evaluationSummaryTable(model.evaluation) })),
      {
        title: 'Dice of each scan',
        content: html`${figure(
          evaluationDotChart(
            models.map((model) => ({ name: model.name, evaluation: model.evaluation })),
            'dice',
          ),
          'Dice of each scan and segment, with means and their 95 % intervals.',
        )}${scanTable(models)}`,
      },
      ...compared.map(({ model, comparison }) => ({
        title: `${model.name} beside ${first.name}`,
        content: html`${comparisonResultTable(comparison, 'dice', { a: first.name, b: model.name }, unit === 'patients' ? 'Dice, paired by patient' : 'Dice, paired by scan')}
        ${figure(scatterOf(first, model), `Mean Dice over segments of each scan by both models. Above the line ${model.name} does better.`)}`,
      })),
      ...(labels === undefined ? [] : [{ title: 'Labels and what more of them would bring', content: labels }]),
      ...provenanceSections(stored),
    ],
    footer: `Tessera ${version}, evaluation ${stored.id} of ${created}.`,
  });
}

const counted = {
  patients:
    'Means, intervals and tests count patients, as far as files and DICOM frames of reference tell who is who: of several scans of one patient their mean.',
  scans:
    'Means, intervals and tests count scans, for this was evaluated before the program told patients: where several are of one patient, intervals are too narrow and p-values too small. Evaluate again to have patients counted.',
};

type StoredModel = StoredEvaluation['models'][number];

/** Mean Dice over the segments of each scan. */
function scanDice({ evaluation }: StoredModel): ReadonlyMap<string, number> {
  const means = caseMeans(evaluation.cases, 'dice');
  return new Map(evaluation.cases.map((one, at) => [one.case, means[at] ?? NaN]));
}

function scanTable(models: readonly StoredModel[]): Html {
  const dice = models.map(scanDice);
  const worst = [...(dice[0] ?? [])].sort(([, a], [, b]) => a - b);
  return table({
    columns: [{ title: 'Scan' }, ...models.map(({ name }) => ({ title: name, numeric: true }))],
    rows: worst.map(([scan]) => [
      scan,
      ...models.map(({ seen }, at) => formatScore(orNull(dice[at]?.get(scan)), 3) + (seen.includes(scan) ? ' *' : '')),
    ]),
    caption: 'Mean Dice over the segments of each scan, the worst of the first model first. *: seen with labels, in no mean and no test.',
  });
}

function scatterOf(a: StoredModel, b: StoredModel): Html {
  const other = scanDice(b);
  return scatterChart({
    title: `Dice of each scan, ${b.name} against ${a.name}`,
    x: a.name,
    y: b.name,
    points: [...scanDice(a)]
      .filter(([scan]) => !a.seen.includes(scan) && !b.seen.includes(scan))
      .map(([name, x]) => ({ name, x, y: other.get(name) ?? NaN })),
  });
}

const orNull = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : value);
