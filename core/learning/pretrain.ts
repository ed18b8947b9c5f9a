import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import type { DatasetCase } from '../imaging/index.ts';
import { dataDocument } from './data-document.ts';
import { trainingCases, type DataSource } from './data-source.ts';
import { requireMemory } from './dry-run.ts';
import { disposeParameters } from '../model/parameters.ts';
import { readInitialWeights, type InitialWeights } from './initial-weights.ts';
import { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
import { RunFolder } from './run-folder.ts';
import { cacheOf, removeCache } from './run-cache.ts';
import { checkHeaders } from './scan-headers.ts';
import { ScanStore } from './scan-store.ts';
import { versions } from './versions.ts';
import { checkedSettings, doubtsAbout } from './checked-settings.ts';
import { PrefetchedViews } from './prefetch.ts';
import { Pretrainer } from './pretrainer.ts';
import { Probe } from './probe.ts';
import { RunProbes } from './run-probes.ts';

export interface PretrainOptions {
  readonly data: DataSource;
  readonly out: string;
  readonly settings: PretrainSettings;
  readonly seed: number;
  readonly backend: Backend;
  /** A pre-training run or a model whose encoder to go on with; from a run also what else fits. */
  readonly init?: string;
  /** Step of the run that `init` is, of which the weights are taken; the newest unless given. */
  readonly initStep?: number;
  /** A few labelled scans to probe the encoder with; their labels are never trained on. */
  readonly probeData?: DataSource;
  /** Begin even where the memory is predicted not to be enough. */
  readonly force?: boolean;
  /** Cases to leave out, by id: scans kept for testing. */
  readonly leaveOut?: ReadonlySet<string>;
  /** What else the document of the run is to say. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Stop after this many steps, as if cancelled there: for tests of resuming. */
  readonly stopAfter?: number;
}

/**
 * Pre-training (method 6, 11) by the method that the settings name, of every scan found under `data`. No label is learned from; only
 * those of `probeData` are read.
 * @throws TesseraError naming the file or setting at fault; `cancelled` after saving a checkpoint
 */
export async function pretrain(options: PretrainOptions, task: Task): Promise<RunFolder> {
  const settings = checkedSettings(options.settings);
  const dataset = await trainingCases(options.data);
  const cases = dataset.cases.filter((c) => options.leaveOut?.has(c.id) !== true);
  if (cases.length === 0)
    throw new TesseraError('no-data', 'has no scan to learn from.', { subject: dataset.folder, advice: 'Give a folder with scans.' });
  checkChannels(cases, settings);
  const grids = await checkHeaders(cases, settings.skipDamaged);
  if (options.force !== true) requireMemory(settings, grids, options.backend);
  const probe = await openProbe(options.probeData, settings, options.seed);
  const { init, initStep } = options;
  const initial = init === undefined ? undefined : await readInitialWeights(init, settings.encoder.channels, initStep);
  try {
    const run = await RunFolder.create(options.out, {
      schema: 'tessera-run/1',
      kind: 'pretrain',
      settings,
      seed: options.seed,
      data: await dataDocument(
        dataset.folder,
        cases.map((c) => ({ case: c, use: 'unlabelled' })),
        dataset.lock,
      ),
      versions: await versions(options.backend),
      started: new Date().toISOString(),
      extra: {
        ...options.extra,
        init: init ?? null,
        ...(initStep === undefined ? {} : { initStep }),
        initial: initial?.description ?? 'fresh weights',
        ...(probe === undefined
          ? {}
          : { probe: { folder: probe.folder, cases: probe.cases.map(({ id }) => id), labels: LABELS_OF_PROBE } }),
      },
    });
    for (const doubt of doubtsAbout(settings)) await run.log(`warning: ${doubt}`);
    return await train(run, { settings, seed: options.seed, cases, from: 0, initial, probe, stopAfter: options.stopAfter }, task);
  } finally {
    if (initial !== undefined) disposeParameters(initial.parameters);
  }
}

/**
 * Goes on from the newest checkpoint, exactly as if the run had not stopped.
 * @param sources the scans, and those of the probe, where they are not in the folders that the run names
 */
export async function resumePretrain(
  out: string,
  task: Task,
  sources: { readonly data?: DataSource; readonly probeData?: DataSource } = {},
): Promise<RunFolder> {
  const { run, document } = await RunFolder.open(out);
  const settings = pretrainSettings.parse(document.settings);
  const ids = new Set(document.data.cases.map((c) => c.id));
  const cases = (await trainingCases(sources.data ?? document.data.folder)).cases.filter((c) => ids.has(c.id));
  if (cases.length !== ids.size)
    throw new TesseraError(
      'no-data',
      `lacks ${String(ids.size - cases.length)} of the ${String(ids.size)} scans that the run began with.`,
      {
        subject: document.data.folder,
        advice: 'Put them back, or start a new run.',
      },
    );
  const from = (await run.checkpoints()).at(-1) ?? 0;
  await run.truncateMetrics(from);
  await run.truncateSnapshots(from);
  const probed = probeOfRun.optional().parse(document.extra['probe']);
  const probe = await openProbe(probed === undefined ? undefined : (sources.probeData ?? probed.folder), settings, document.seed);
  const { init, initStep } = initOfRun.parse(document.extra);
  const initial = from === 0 && init !== null ? await readInitialWeights(init, settings.encoder.channels, initStep) : undefined;
  try {
    return await train(run, { settings, seed: document.seed, cases, from, initial, probe }, task);
  } finally {
    if (initial !== undefined) disposeParameters(initial.parameters);
  }
}

interface Training {
  readonly settings: PretrainSettings;
  readonly seed: number;
  readonly cases: readonly DatasetCase[];
  /** Steps done; above 0 there is a checkpoint of them. */
  readonly from: number;
  /** Weights to begin with in place of fresh ones. */
  readonly initial?: InitialWeights | undefined;
  readonly probe?: Probe | undefined;
  readonly stopAfter?: number | undefined;
}

async function train(run: RunFolder, { settings, seed, cases, from, initial, probe, stopAfter }: Training, task: Task): Promise<RunFolder> {
  const log = (line: string): void => void run.log(line);
  const store = new ScanStore(cases, settings.preparation, cacheOf(run, settings));
  let views: PrefetchedViews | undefined;
  const trainer = new Pretrainer(settings, seed, cases.length, (kinds, random) => {
    views = new PrefetchedViews(store, kinds, settings, random, { onDamaged: (line) => log(`warning: ${line}`) });
    return views.source;
  });
  try {
    if (from > 0) await trainer.restore(run.checkpointPath(`step-${String(from)}`));
    if (initial !== undefined) {
      const { taken, left } = trainer.start(initial, initial.description);
      log(
        `begins with ${initial.description}: ${String(taken)} weights taken, ${String(left.length)} fresh; positions are the fixed table`,
      );
    }
    if (probe === undefined) await trainer.train(run, from, task, { stopAfter });
    else {
      const probes = new RunProbes(probe, run, trainer, settings);
      await probes.catchUp(from, task);
      await trainer.train(run, from, task, { stopAfter, epochEnd: (epoch, done) => probes.after(epoch, done, task) });
    }
  } finally {
    trainer.dispose();
    await views?.close();
  }
  if (stopAfter === undefined) await removeCache(run);
  return run;
}

const LABELS_OF_PROBE = 'read for the probe, never learned from';
const probeOfRun = z.object({ folder: z.string() });
const initOfRun = z.object({ init: z.string().nullable().default(null), initStep: z.number().int().optional() });

async function openProbe(data: DataSource | undefined, settings: PretrainSettings, seed: number): Promise<Probe | undefined> {
  return data === undefined ? undefined : Probe.open(data, settings, seed);
}

/** A case has one image for each input channel. */
function checkChannels(cases: readonly DatasetCase[], { encoder }: PretrainSettings): void {
  const other = cases.find(({ images }) => images.length !== encoder.channels);
  if (other === undefined) return;
  const { length } = other.images;
  throw new TesseraError(
    'bad-setting',
    `is ${String(encoder.channels)}, but the case ${other.id} has ${String(length)} image${length === 1 ? '' : 's'}.`,
    { subject: 'encoder.channels', advice: `Set it to the images of a case: --set channels=${String(length)}` },
  );
}
