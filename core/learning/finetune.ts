import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import type { DatasetCase, TestLock, TrainingDataset } from '../imaging/index.ts';
import { disposeParameters } from '../model/parameters.ts';
import { dataDocument } from './data-document.ts';
import { trainingCases, type DataSource } from './data-source.ts';
import { parseFinetuneSettings, type FinetuneSettings } from './finetune-settings.ts';
import { readInitialWeights } from './initial-weights.ts';
import { removeCache } from './run-cache.ts';
import { RunFolder, type RunDocument } from './run-folder.ts';
import { splitCases, type Split, type SplitOptions } from './split.ts';
import { outputsOf, targetsOf, targetsOfRun } from './targets.ts';
import { versions } from './versions.ts';
import { labelClasses } from './label-classes.ts';
import { finetunedNetwork } from './finetuned-network.ts';
import { Finetuner } from './finetuner.ts';

export interface FinetuneOptions {
  readonly data: DataSource;
  readonly out: string;
  readonly settings: FinetuneSettings;
  readonly seed: number;
  readonly backend: Backend;
  /** A pre-training run or a model to start from. */
  readonly init?: string;
  /** Step of the run that `init` is, of which the weights are taken; the newest unless given. */
  readonly initStep?: number;
  /** Ids of the cases that train and validate, instead of a draw. */
  readonly parts?: { readonly training: readonly string[]; readonly validation: readonly string[] };
  readonly split?: Omit<SplitOptions, 'validationShare' | 'seed' | 'lock'>;
  readonly stopAfter?: number;
  /** Told of what is worth a look in the label files. */
  readonly note?: (line: string) => void;
  /** What else the document of the run is to say. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Supervised training of UNETR or SegResNet (method 10). The best checkpoint (or the last, without validation) is saved in `model/` of the run. */
export async function finetune(options: FinetuneOptions, task: Task): Promise<RunFolder> {
  const { settings, seed, init, initStep } = options;
  if (settings.network !== 'unetr' && init !== undefined)
    throw new TesseraError('bad-setting', `does not go with the network ${settings.network}, which always starts from scratch.`, {
      subject: '--init',
      advice: 'Leave it out, or use --network unetr.',
    });
  const dataset = await trainingCases(options.data);
  const split = splitOf(dataset, options);
  const classes = await labelClasses(dataset, [...split.training, ...split.validation], settings.ignoreValue, options.note);
  const targets = targetsOf(classes, settings.regions, dataset);
  const initial = init === undefined ? undefined : await readInitialWeights(init, settings.channels, initStep);
  try {
    finetunedNetwork(settings, outputsOf(targets), false); // refuses sizes before there is a run
    const run = await RunFolder.create(options.out, {
      schema: 'tessera-run/1',
      kind: 'finetune',
      settings,
      seed,
      data: await dataDocument(
        dataset.folder,
        [...split.training.map((c) => ({ case: c, use: 'training' })), ...split.validation.map((c) => ({ case: c, use: 'validation' }))],
        dataset.lock,
      ),
      versions: await versions(options.backend),
      started: new Date().toISOString(),
      extra: {
        ...options.extra,
        labels: targets.classes,
        ...(targets.regions === undefined ? {} : { regions: targets.regions }),
        init: init ?? null,
        ...(initStep === undefined ? {} : { initStep }),
        initial: initial?.description ?? 'fresh weights',
        pretraining: initial?.pretraining ?? null,
      },
    });
    const trainer = new Finetuner(run, settings, seed, targets, split.training, split.validation, initial !== undefined);
    try {
      trainer.start(initial, init ?? '');
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

/** Training and validation as they were given, or drawn. @throws TesseraError as `splitCases` */
function splitOf(dataset: TrainingDataset, { parts, split, settings, seed }: FinetuneOptions): Split {
  const lock = dataset.lock === undefined ? {} : { lock: dataset.lock };
  const options = { ...split, seed, ...lock };
  if (parts === undefined) return splitCases(dataset.cases, { ...options, validationShare: settings.validationShare });
  // All of the named ones, with the checks of a draw.
  const named = (ids: readonly string[]): readonly DatasetCase[] =>
    ids.length === 0 ? [] : splitCases(dataset.cases, { ...options, ids, validationShare: 0 }).training;
  return { training: named(parts.training), validation: named(parts.validation) };
}

/**
 * Goes on from the newest checkpoint, exactly as if the run had not stopped (docs/method.md, Random numbers).
 * @param data the scans, where they are not in the folder that the run names
 */
export async function resumeFinetune(out: string, task: Task, data?: DataSource): Promise<RunFolder> {
  const { run, document } = await RunFolder.open(out);
  const settings = parseFinetuneSettings(document.settings);
  const dataset = await trainingCases(data ?? document.data.folder);
  const used = (use: string): DatasetCase[] =>
    document.data.cases
      .filter((c) => c.use === use)
      .map((c) => dataset.cases.find((d) => d.id === c.id) ?? missing(c.id, document, dataset.lock));
  const targets = targetsOfRun(document.extra);
  const init = document.extra['init'] as string | null;
  const initStep = document.extra['initStep'] as number | undefined;
  const trainer = new Finetuner(run, settings, document.seed, targets, used('training'), used('validation'), init !== null);
  try {
    const step = (await run.checkpoints()).at(-1) ?? 0;
    if (step > 0) await trainer.restore(run.checkpointPath(`step-${String(step)}`));
    else {
      const initial = init === null ? undefined : await readInitialWeights(init, settings.channels, initStep);
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
