import type { Command } from 'commander';
import { TesseraError } from '../../base/errors.ts';
import type { ClassifyOptions } from '../../learning/classify.ts';
import { repeated, wholeNumber } from '../arguments.ts';
import { startSoundBackend } from '../backend.ts';
import type { Session } from '../session.ts';
import { decidingOptions, requireData, requireResumable, withResumeHint, type TrainingOptions } from '../training-options.ts';
import type { Verb } from '../verb.ts';

interface ClassifyCliOptions extends Omit<TrainingOptions, 'recipe'> {
  readonly labels?: string;
  readonly init?: string;
  readonly freezeEncoder: boolean;
}

export const classifyVerb: Verb = {
  name: 'classify',
  summary: 'train a classifier of whole scans on a table of findings',
  writes: '`RUN/`, best classifier in `RUN/model/`',
  define: (command: Command) =>
    command
      .option('--data <dir>', 'folder of scans (needed unless --resume)')
      .option('--labels <file.csv>', 'table: id and the names of the findings, then one line a scan with 1, 0, or nothing where unknown')
      .option('--init <run>', 'pre-training run to start from (needed unless --resume)')
      .requiredOption('--out <run>', 'folder of the run, new, or with --resume the one to go on with')
      .option('--epochs <n>', 'times that every scan is seen', wholeNumber(1, 100_000))
      .option('--freeze-encoder', 'train the linear head only', false)
      .option('--set <name=value>', 'override a setting; repeat for more (docs/cli.md lists them)', repeated, [])
      .option('--resume', 'go on from the newest checkpoint, exactly as if the run had not stopped', false),
  run,
};

/** Options that say what a new run does, and so cannot change one that goes on. */
const deciding = ['labels', 'init', 'epochs', 'set', 'freezeEncoder'] as const;

async function run(session: Session, _args: readonly string[], options: ClassifyCliOptions): Promise<void> {
  const { classify, resumeClassify } = await import('../../learning/index.ts');
  if (options.resume) {
    await requireResumable(options, 'classify', decidingOptions({ ...options }, deciding));
    await startSoundBackend(session);
    return report(session, await withResumeHint(session, options.out, 'classify', () => resumeClassify(options.out, session.task)));
  }
  const start = await newRun(session, options);
  const backend = await startSoundBackend(session);
  return report(session, await withResumeHint(session, options.out, 'classify', () => classify({ ...start, backend }, session.task)));
}

async function newRun(session: Session, options: ClassifyCliOptions): Promise<Omit<ClassifyOptions, 'backend'>> {
  const { labels, init, out, epochs, freezeEncoder } = options;
  const data = requireData(options);
  for (const [option, value] of [
    ['--labels', labels],
    ['--init', init],
  ] as const)
    if (value === undefined)
      throw new TesseraError('usage', 'is missing.', { subject: option, advice: 'Give it, or go on with --resume.' });
  const { applySettings } = await import('../../base/settings.ts');
  const { classifySettings } = await import('../../learning/index.ts');
  const given = { ...(epochs === undefined ? {} : { epochs }), ...(freezeEncoder ? { freezeEncoder } : {}) };
  const settings = applySettings(classifySettings, given, options.set);
  return { data, labels: labels ?? '', init: init ?? '', out, settings, seed: session.options.seed };
}

async function report(
  session: Session,
  run: { readonly path: string; modelPath(): string; metrics(): Promise<readonly Readonly<Record<string, unknown>>[]> },
): Promise<void> {
  const metrics = await run.metrics();
  const steps = Math.max(0, ...metrics.map((m) => Number(m['step'])));
  const areas = metrics.map((m) => m['validationAuc']).filter((value) => typeof value === 'number');
  const best = areas.length === 0 ? null : Math.max(...areas);
  session.answer(
    { run: run.path, model: run.modelPath(), steps, bestValidationAuc: best, last: metrics.findLast((m) => !('event' in m)) ?? {} },
    `Trained for ${steps} steps${best === null ? '' : `, best mean AUC in validation ${best.toFixed(3)}`}. The classifier is in ${run.modelPath()}.`,
  );
}
