import type { Command } from 'commander';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import type { CaseEvaluation } from '../../evaluation/index.ts';
import { numberBetween } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface EvaluateCliOptions {
  readonly reference: string;
  readonly prediction: string;
  readonly out?: string;
  readonly tolerance: number;
  readonly perCase: boolean;
  readonly scan?: string;
  readonly resample: boolean;
}

export const evaluateVerb: Verb = {
  name: 'evaluate',
  summary: "Dice, HD95, surface Dice, volume, per case and segment, on the reference's grid, with means and confidence intervals",
  writes: 'table',
  define: (command: Command) =>
    command
      .requiredOption('--reference <dir>', 'folder of label maps taken for the truth, a data folder, or one file')
      .requiredOption('--prediction <dir>', 'folder of label maps to score, matched by file name, or one file')
      .option('--scan <scan>', 'of two files: the scan that they belong to; RT structure sets need it')
      .option('--resample', 'allow a prediction on another grid to be brought onto the reference by the nearest voxel', false)
      .option('--out <file>', 'write the table: FILE.json (for compare) or FILE.csv')
      .option('--tolerance <mm>', 'surface Dice counts surface as right within this many mm', numberBetween(0, 1000), 1)
      .option('--per-case', 'print every case and segment too', false),
  run,
};

async function run(session: Session, _args: readonly string[], options: EvaluateCliOptions): Promise<void> {
  if (options.out !== undefined && !/\.(json|csv)$/i.test(options.out))
    throw new TesseraError('usage', 'ends in neither .json nor .csv.', { subject: '--out', advice: 'Write for example --out scores.csv.' });
  const { caseTable, evaluateCase, evaluationTable, evaluationToCsv, summarise } = await import('../../evaluation/index.ts');
  const { labelPairs, readPair } = await import('../label-pairs.ts');
  const { pairs, withoutPrediction, withoutReference, labelNames } = await labelPairs(options.reference, options.prediction, options.scan);
  if (withoutPrediction.length > 0) session.note(`Left out, as they have no prediction: ${withoutPrediction.join(', ')}.`);
  if (withoutReference.length > 0) session.note(`Left out, as they have no reference: ${withoutReference.join(', ')}.`);

  const named = Object.keys(labelNames)
    .map(Number)
    .filter((value) => value > 0);
  const cases: CaseEvaluation[] = [];
  for (const pair of pairs) {
    session.throwIfCancelled();
    const { values, names, ...maps } = await readPair(pair, {
      signal: session.task.signal,
      names: labelNames,
      resample: options.resample,
      tell: session.note,
    });
    const segments = [...new Set([...named, ...values])]
      .sort((a, b) => a - b)
      .map((label) => ({ label, name: labelNames[label] ?? names[label] ?? `label ${label}` }));
    cases.push(evaluateCase({ case: pair.name, ...maps, segments, tolerance: options.tolerance }));
    session.task.progress({ stage: 'evaluate', done: cases.length, total: pairs.length });
  }
  const evaluation = summarise(withAllSegments(cases), { tolerance: options.tolerance, seed: session.options.seed });
  if (options.out !== undefined)
    await writeFileAtomic(
      options.out,
      /\.csv$/i.test(options.out) ? evaluationToCsv(evaluation) : `${JSON.stringify(evaluation, null, 2)}\n`,
    );
  const table = evaluationTable(evaluation);
  session.answer({ ...evaluation, withoutPrediction, withoutReference }, options.perCase ? `${caseTable(evaluation)}\n\n${table}` : table);
}

/** A segment that a case has in neither map was looked for there too, and is absent. */
function withAllSegments(cases: readonly CaseEvaluation[]): CaseEvaluation[] {
  const all = new Map(cases.flatMap((c) => c.segments.map(({ label, name }) => [label, name] as const)));
  return cases.map((c) => ({
    ...c,
    segments: [...all]
      .sort(([a], [b]) => a - b)
      .map(
        ([label, name]) =>
          c.segments.find((s) => s.label === label) ?? {
            label,
            name,
            outcome: 'absent' as const,
            dice: null,
            hd95: null,
            surfaceDice: null,
            meanSurfaceDistance: null,
            referenceMl: 0,
            predictionMl: 0,
          },
      ),
  }));
}
