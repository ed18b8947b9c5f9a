import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import type { Backend } from '../../compute/backend.ts';
import type { DatasetCase } from '../../imaging/index.ts';
import type { PretrainSettings } from '../../learning/pretrain-settings.ts';
import { startSoundBackend } from '../backend.ts';
import { healthText } from '../health-text.ts';
import type { RunFolder } from '../../learning/run-folder.ts';
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

interface PretrainCliOptions extends TrainingOptions {
  readonly method?: 'gl-mae' | 'mae' | 'simmim';
  readonly init: string;
  readonly probeData?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
}

export const pretrainVerb: Verb = {
  name: 'pretrain',
  summary: 'self-supervised pre-training on every scan found; labels are never learned from',
  writes: '`RUN/`',
  define: (command: Command) =>
    defineTrainingOptions(command)
      .addOption(
        new Option(
          '--method <name>',
          'gl-mae; mae: masked autoencoder on crops; simmim: mask tokens through the encoder, linear head (gl-mae unless given)',
        ).choices(['gl-mae', 'mae', 'simmim']),
      )
      .option('--init <folder>', 'pre-training run or model whose encoder to go on with, or none', 'none')
      .option('--probe-data <dir>', 'folder with a few labelled scans, to score the encoder every probeEvery epochs; never learned from')
      .option('--dry-run', 'predict memory and time of the run, and start nothing', false)
      .option('--force', 'start even where the memory is predicted not to be enough', false),
  run,
};

async function run(session: Session, _args: readonly string[], options: PretrainCliOptions): Promise<void> {
  const { pretrain, resumePretrain, pretrainSettings } = await import('../../learning/index.ts');
  if (options.resume) {
    await requireResumable(options, 'pretrain', [
      ...decidingOptions({ ...options }, ['recipe', 'epochs', 'method', 'set', 'probeData', 'dryRun']),
      ...(options.init === 'none' ? [] : ['--init']),
    ]);
    await startSoundBackend(session);
    return report(session, await withResumeHint(session, options.out, 'pretrain', () => resumePretrain(options.out, session.task)));
  }
  const data = requireData(options);
  const { modelFolder } = await import('../model-folder.ts');
  const init = options.init === 'none' ? undefined : modelFolder(resolve(options.init));
  const { trainingSettings } = await import('../../learning/training-settings.ts');
  const { pretrainingSettingsOf } = await import('../../learning/encoder-settings.ts');
  const settings = await trainingSettings(pretrainSettings, {
    kind: 'pretrain',
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
    given: {
      ...(init === undefined ? {} : await pretrainingSettingsOf(init)),
      ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
      ...(options.method === undefined ? {} : { method: options.method }),
    },
    set: options.set,
  });
  const { requireScans } = await import('../data-notes.ts');
  const { cases } = await requireScans(session, data);
  const backend = await startSoundBackend(session);
  if (options.dryRun) return predict(session, settings, cases, backend);
  const start = {
    data,
    out: options.out,
    settings,
    seed: session.options.seed,
    backend,
    ...(init === undefined ? {} : { init }),
    force: options.force,
    ...(options.probeData === undefined ? {} : { probeData: resolve(options.probeData) }),
  };
  return report(session, await withResumeHint(session, options.out, 'pretrain', () => pretrain(start, session.task)));
}

async function predict(session: Session, settings: PretrainSettings, cases: readonly DatasetCase[], backend: Backend): Promise<void> {
  const { dryRun } = await import('../../learning/dry-run.ts');
  const { checkedSettings } = await import('../../learning/checked-settings.ts');
  const { checkHeaders } = await import('../../learning/scan-headers.ts');
  const { dryRunText } = await import('../dry-run-text.ts');
  const grids = await checkHeaders(cases, settings.skipDamaged);
  const prediction = await dryRun(checkedSettings(settings), { cases: cases.length, grids }, backend, session.task);
  session.answer(prediction, dryRunText(prediction));
}

async function report(session: Session, run: RunFolder): Promise<void> {
  const { healthEvents } = await import('../../learning/health.ts');
  const metrics = await run.metrics();
  const last = metrics.findLast((line) => 'loss' in line) ?? {};
  const health = healthEvents(metrics);
  const steps = Number(last['step'] ?? 0);
  session.answer(
    { run: run.path, steps, last, health },
    `Pre-trained for ${steps} steps, last loss ${Number(last['loss']).toPrecision(4)}. The run is in ${run.path}.${healthText(health)}`,
  );
}
