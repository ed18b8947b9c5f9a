import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import type { ZodType } from 'zod';
import { TesseraError } from '../../base/errors.ts';
import type { FinetuneOptions } from '../../learning/finetune.ts';
import type { FinetunedNetworkName, FinetuneSettings } from '../../learning/finetune-settings.ts';
import { numberBetween, wholeNumber } from '../arguments.ts';
import { startSoundBackend } from '../backend.ts';
import type { RunFolder } from '../../learning/run-folder.ts';
import { healthText } from '../health-text.ts';
import type { Session } from '../session.ts';
import {
  decidingOptions,
  defineTrainingOptions,
  requireData,
  requireResumable,
  withResumeHint,
  type TrainingOptions,
} from '../training-options.ts';
import type { Verb } from '../verb.ts';

interface FinetuneCliOptions extends TrainingOptions {
  readonly init: string;
  readonly network?: FinetunedNetworkName;
  readonly freezeEncoder: boolean;
  readonly cases?: string;
  readonly labelFraction?: number;
  readonly labelCount?: number;
  readonly folds?: number;
  readonly fold?: number;
}

export const finetuneVerb: Verb = {
  name: 'finetune',
  summary: 'supervised training on scans with labels',
  writes: '`RUN/`, best model in `RUN/model/`',
  define: (command: Command) =>
    defineTrainingOptions(command)
      .option('--init <folder>', 'pre-training run or model to start from, or none', 'none')
      .addOption(
        new Option(
          '--network <name>',
          'unetr; or segresnet: a convolutional network, always from scratch, to compare with (unetr unless given)',
        ).choices(['unetr', 'segresnet']),
      )
      .option('--freeze-encoder', 'train the decoder only', false)
      .option('--cases <file>', 'file with the ids of the labelled cases to use: one a line, or a JSON list')
      .addOption(
        new Option('--label-fraction <f>', 'share of the labelled cases to use, drawn by the seed')
          .argParser(numberBetween(0, 1, { above: true }))
          .conflicts('labelCount'),
      )
      .option('--label-count <n>', 'number of labelled cases to use, drawn by the seed', wholeNumber(1))
      .option('--folds <k>', 'cut the labelled cases into K folds', wholeNumber(2))
      .option('--fold <i>', 'fold that validates, from 0; the others train', wholeNumber(0)),
  run,
};

/** Options that say what a new run does, and so cannot change one that goes on. */
const deciding = ['network', 'recipe', 'epochs', 'set', 'freezeEncoder', 'cases', 'labelFraction', 'labelCount', 'folds', 'fold'] as const;

async function run(session: Session, _args: readonly string[], options: FinetuneCliOptions): Promise<void> {
  if (options.network === 'segresnet')
    for (const [option, given] of [
      ['--init', options.init !== 'none'],
      ['--freeze-encoder', options.freezeEncoder],
    ] as const)
      if (given)
        throw new TesseraError('usage', 'does not go with --network segresnet, which always starts from scratch.', {
          subject: option,
          advice: 'Leave it out, or use --network unetr.',
        });
  if ((options.folds === undefined) !== (options.fold === undefined))
    throw new TesseraError('usage', 'belong together.', {
      subject: '--folds and --fold',
      advice: 'Give both, such as --folds 5 --fold 0.',
    });
  const { finetune, resumeFinetune } = await import('../../learning/index.ts');
  if (options.resume) {
    await requireResumable(options, 'finetune', [
      ...decidingOptions({ ...options }, deciding),
      ...(options.init === 'none' ? [] : ['--init']),
    ]);
    await startSoundBackend(session);
    return report(session, await withResumeHint(session, options.out, 'finetune', () => resumeFinetune(options.out, session.task)));
  }
  const start = await newRun(session, options);
  const backend = await startSoundBackend(session);
  return report(
    session,
    await withResumeHint(session, options.out, 'finetune', () => finetune({ ...start, backend, note: session.note }, session.task)),
  );
}

/** Everything of a new run that can be wrong in what was typed, before anything slow begins. */
async function newRun(session: Session, options: FinetuneCliOptions): Promise<Omit<FinetuneOptions, 'backend'>> {
  const data = requireData(options);
  const init = options.init === 'none' ? undefined : resolve(options.init);
  const { finetuneSettings, finetuneSettingsOf } = await import('../../learning/index.ts');
  const { trainingSettings } = await import('../../learning/training-settings.ts');
  const { encoderSettingsOf } = await import('../../learning/encoder-settings.ts');
  const settings: FinetuneSettings = await trainingSettings<ZodType<FinetuneSettings>>(finetuneSettingsOf[options.network ?? 'unetr'], {
    kind: 'finetune',
    recipeSchema: finetuneSettings,
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
    given: {
      ...(init === undefined ? {} : await encoderSettingsOf(init)),
      ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
      ...(options.freezeEncoder ? { freezeEncoder: true } : {}),
    },
    set: options.set,
  });
  const { requireScans } = await import('../data-notes.ts');
  await requireScans(session, data);
  const split = {
    ...(options.cases === undefined ? {} : { ids: await caseIds(session, options.cases) }),
    ...(options.labelCount === undefined ? {} : { count: options.labelCount }),
    ...(options.labelFraction === undefined ? {} : { fraction: options.labelFraction }),
    ...(options.folds === undefined ? {} : { folds: options.folds }),
    ...(options.fold === undefined ? {} : { fold: options.fold }),
  };
  return { data, out: options.out, settings, seed: session.options.seed, split, ...(init === undefined ? {} : { init }) };
}

/** One id a line, or a JSON list of ids. */
async function caseIds(session: Session, path: string): Promise<string[]> {
  const { readTextFile } = await import('../text-file.ts');
  const text = (await readTextFile(path)).trim();
  const bad = (message: string): TesseraError =>
    new TesseraError('bad-file', message, { subject: path, advice: 'Write one case id a line, or a JSON list of ids.' });
  let ids: unknown;
  try {
    ids = text.startsWith('[') ? JSON.parse(text) : text.split(/\r?\n/).map((line) => line.trim());
  } catch {
    throw bad('begins like a JSON list and is none.');
  }
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw bad('holds something else than case ids.');
  const named = ids.filter((id) => id !== '');
  if (named.length === 0) throw bad('names no case.');
  const once = [...new Set(named)];
  if (once.length < named.length) session.note(`${path}: ids that it names twice count once.`);
  return once;
}

async function report(session: Session, run: RunFolder): Promise<void> {
  const { healthEvents } = await import('../../learning/health.ts');
  const metrics = await run.metrics();
  const health = healthEvents(metrics);
  const steps = Math.max(0, ...metrics.map((m) => Number(m['step'])));
  const dice = metrics.map((m) => m['validationDice']).filter((value) => typeof value === 'number');
  const best = dice.length === 0 ? null : Math.max(...dice);
  const last = metrics.findLast((m) => !('event' in m)) ?? {};
  session.answer(
    { run: run.path, model: run.modelPath(), steps, bestValidationDice: best, last, health },
    `Fine-tuned for ${steps} steps${best === null ? '' : `, best validation Dice ${best.toFixed(3)}`}. The model is in ${run.modelPath()}.${healthText(health)}`,
  );
}
