import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import { findTrainingCases, type DatasetCase, type TestLock } from '../imaging/index.ts';
import { disposeParameters } from '../model/parameters.ts';
import { dataDocument } from './data-document.ts';
import { parseFinetuneSettings, type FinetuneSettings } from './finetune-settings.ts';
import { readInitialWeights } from './initial-weights.ts';
import { removeCache } from './run-cache.ts';
import { RunFolder, type RunDocument } from './run-folder.ts';
import { splitCases, type SplitOptions } from './split.ts';
import { outputsOf, targetsOf, targetsOfRun } from './targets.ts';
import { versions } from './versions.ts';
import { labelClasses } from './label-classes.ts';
import { finetunedNetwork } from './finetuned-network.ts';
import { Finetuner } from './finetuner.ts';

export interface FinetuneOptions {
  readonly data: string;
  readonly out: string;
  readonly settings: FinetuneSettings;
  readonly seed: number;
  readonly backend: Backend;
  /** A pre-training run or a model to start from. */
  readonly init?: string;
  readonly split?: Omit<SplitOptions, 'validationShare' | 'seed' | 'lock'>;
  readonly stopAfter?: number;
  /** Told of what is worth a look in the label files. */
  readonly note?: (line: string) => void;
}

/** Supervised training of UNETR or SegResNet (method 10). The best checkpoint (or the last, without validation) is saved in `model/` of the run. */
export async function finetune(options: FinetuneOptions, task: Task): Promise<RunFolder> {
  const { settings, seed } = options;
  if (settings.network !== 'unetr' && options.init !== undefined)
    throw new TesseraError('bad-setting', `does not go with the network ${settings.network}, which always starts from scratch.`, {
      subject: '--init',
      advice: 'Leave it out, or use --network unetr.',
    });
  const dataset = await findTrainingCases(options.data);
  const lock = dataset.lock === undefined ? {} : { lock: dataset.lock };
  const split = splitCases(dataset.cases, { ...options.split, validationShare: settings.validationShare, seed, ...lock });
  const classes = await labelClasses(dataset, [...split.training, ...split.validation], settings.ignoreValue, options.note);
  const targets = targetsOf(classes, settings.regions, dataset);
  const initial = options.init === undefined ? undefined : await readInitialWeights(options.init, settings.channels);
  try {
    finetunedNetwork(settings, outputsOf(targets), false); // refuses sizes before there is a run
    const run = await RunFolder.create(options.out, {
      schema: 'tessera-run/1',
      kind: 'finetune',
      settings,
      seed,
      data: await dataDocument(
        options.data,
        [...split.training.map((c) => ({ case: c, use: 'training' })), ...split.validation.map((c) => ({ case: c, use: 'validation' }))],
        dataset.lock,
      ),
      versions: await versions(options.backend),
      started: new Date().toISOString(),
      extra: {
        labels: targets.classes,
        ...(targets.regions === undefined ? {} : { regions: targets.regions }),
        init: options.init ?? null,
        initial: initial?.description ?? 'fresh weights',
        pretraining: initial?.pretraining ?? null,
      },
    });
    const trainer = new Finetuner(run, settings, seed, targets, split.training, split.validation, initial !== undefined);
    try {
      trainer.start(initial, options.init ?? '');
      await trainer.train(0, task, options.stopAfter);
    } finally {
      trainer.dispose();
    }
    if (options.stopAfter === undefined) await removeCache(run);
    return run;
  } finally {
    if (initial !== undefined) disposeParameters(initial.parameters);
  }
}

/** Goes on from the newest checkpoint, exactly as if the run had not stopped (docs/method.md, Random numbers). */
export async function resumeFinetune(out: string, task: Task): Promise<RunFolder> {
  const { run, document } = await RunFolder.open(out);
  const settings = parseFinetuneSettings(document.settings);
  const dataset = await findTrainingCases(document.data.folder);
  const used = (use: string): DatasetCase[] =>
    document.data.cases
      .filter((c) => c.use === use)
      .map((c) => dataset.cases.find((d) => d.id === c.id) ?? missing(c.id, document, dataset.lock));
  const targets = targetsOfRun(document.extra);
  const init = document.extra['init'] as string | null;
  const trainer = new Finetuner(run, settings, document.seed, targets, used('training'), used('validation'), init !== null);
  try {
    const step = (await run.checkpoints()).at(-1) ?? 0;
    if (step > 0) await trainer.restore(run.checkpointPath(`step-${String(step)}`));
    else {
      const initial = init === null ? undefined : await readInitialWeights(init, settings.channels);
      trainer.start(initial, init ?? '');
      if (initial !== undefined) disposeParameters(initial.parameters);
    }
    await run.truncateMetrics(step);
    await trainer.train(step, task);
  } finally {
    trainer.dispose();
  }
  await removeCache(run);
  return run;
}

function missing(id: string, document: RunDocument, lock: TestLock | undefined): never {
  if (lock?.test.includes(id) === true)
    throw new TesseraError('test-case', `is a test case by now, and this run learns from it: ${lock.file} has changed since it began.`, {
      subject: id,
      advice: 'Start a new run, or take the case out of the test part.',
    });
  throw new TesseraError('no-data', `the case ${id} that the run began with is gone.`, {
    subject: document.data.folder,
    advice: 'Put it back, or start a new run.',
  });
}
