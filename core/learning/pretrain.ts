import { TesseraError } from '../base/errors.ts';
import { seededRandom, type Random } from '../base/random.ts';
import type { Task } from '../base/task.ts';
import { differentiate, dispose, integers, movingAverage, tensorFromOwned, values, type Backend, type Tensor } from '../compute/index.ts';
import { findCases } from '../imaging/index.ts';
import { freshMoments, type OutputStatistics, type RunningMoments } from '../model/anti-collapse.ts';
import { glMaeLoss, glMaeSpecs, positionTables, visibleCount, type Views } from '../model/gl-mae.ts';
import { copyParameters, createParameters, disposeParameters } from '../model/parameters.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import { dataDocument } from './data-document.ts';
import { decays, Optimiser } from './optimiser.ts';
import { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
import { RunFolder, type Metrics } from './run-folder.ts';
import { ScanStore } from './scan-store.ts';
import { emaFactorAt, learningRateAt } from './schedule.ts';
import { trainingLoop } from './training-loop.ts';
import { versions } from './versions.ts';
import { makeView, randomBox, type View } from '../model/views.ts';

export interface PretrainOptions {
  readonly data: string;
  readonly out: string;
  readonly settings: PretrainSettings;
  readonly seed: number;
  readonly backend: Backend;
  /** Cases to leave out, by id: scans kept for testing. */
  readonly leaveOut?: ReadonlySet<string>;
  /** Stop after this many steps, as if cancelled there: for tests of resuming. */
  readonly stopAfter?: number;
}

/**
 * GL-MAE pre-training (method 6) of every scan found under `data`. Labels are never read.
 * @throws TesseraError naming the file or setting at fault; `cancelled` after saving a checkpoint
 */
export async function pretrain(options: PretrainOptions, task: Task): Promise<RunFolder> {
  const settings = checkedSettings(options.settings);
  const dataset = await findCases(options.data);
  const cases = dataset.cases.filter((c) => options.leaveOut?.has(c.id) !== true);
  if (cases.length === 0)
    throw new TesseraError('no-data', 'has no scan to learn from.', { subject: options.data, advice: 'Give a folder with scans.' });
  const run = await RunFolder.create(options.out, {
    schema: 'tessera-run/1',
    kind: 'pretrain',
    settings,
    seed: options.seed,
    data: await dataDocument(
      options.data,
      cases.map((c) => ({ case: c, use: 'unlabelled' })),
    ),
    versions: await versions(options.backend),
    started: new Date().toISOString(),
    extra: {},
  });
  const trainer = new Pretrainer(settings, options.seed, new ScanStore(cases, settings.preparation));
  try {
    await trainer.train(run, 0, task, options.stopAfter);
  } finally {
    trainer.dispose();
  }
  return run;
}

/** Goes on from the newest checkpoint, exactly as if the run had not stopped. */
export async function resumePretrain(out: string, task: Task): Promise<RunFolder> {
  const { run, document } = await RunFolder.open(out);
  const settings = pretrainSettings.parse(document.settings);
  const ids = new Set(document.data.cases.map((c) => c.id));
  const cases = (await findCases(document.data.folder)).cases.filter((c) => ids.has(c.id));
  if (cases.length !== ids.size)
    throw new TesseraError(
      'no-data',
      `lacks ${String(ids.size - cases.length)} of the ${String(ids.size)} scans that the run began with.`,
      {
        subject: document.data.folder,
        advice: 'Put them back, or start a new run.',
      },
    );
  const trainer = new Pretrainer(settings, document.seed, new ScanStore(cases, settings.preparation));
  try {
    const step = (await run.checkpoints()).at(-1) ?? 0;
    if (step > 0) await trainer.restore(run.checkpointPath(`step-${String(step)}`));
    await run.truncateMetrics(step);
    await trainer.train(run, step, task);
  } finally {
    trainer.dispose();
  }
  return run;
}

function checkedSettings(settings: PretrainSettings): PretrainSettings {
  for (const name of ['globalSize', 'localSize'] as const)
    settings[name].forEach((side, axis) => {
      const patch = settings.encoder.patch[axis] ?? 1;
      if (side % patch !== 0)
        throw new TesseraError(
          'bad-setting',
          `${settings[name].join('x')} does not divide by the patch ${settings.encoder.patch.join('x')}.`,
          {
            subject: name,
            advice: 'Make every side a multiple of the patch.',
          },
        );
    });
  for (const name of ['globalSize', 'localSize'] as const) {
    const patches = gridOfView(settings, settings[name]).reduce((product, n) => product * n, 1);
    const visible = visibleCount(patches, settings.maskRatio);
    if (visible < 1 || visible >= patches)
      throw new TesseraError('bad-setting', `gives ${String(patches)} patches, of which ${String(visible)} would be visible.`, {
        subject: name,
        advice: 'At least one patch must be visible and one masked: use a larger view or smaller patches.',
      });
  }
  const { width, heads } = settings.encoder;
  if (width % heads !== 0)
    throw new TesseraError('bad-setting', `${String(width)} does not divide by ${String(heads)} heads.`, {
      subject: 'encoder.width',
      advice: 'Choose a multiple.',
    });
  if (settings.decoder.width % settings.decoder.heads !== 0)
    throw new TesseraError('bad-setting', `${String(settings.decoder.width)} does not divide by ${String(settings.decoder.heads)} heads.`, {
      subject: 'decoder.width',
      advice: 'Choose a multiple.',
    });
  return settings;
}

/** The state of one run and its step. */
class Pretrainer {
  private readonly settings: PretrainSettings;
  private readonly store: ScanStore;
  private readonly random: Random;
  private readonly student: Optimiser;
  private readonly teacher: Map<string, Tensor>;
  private readonly tables;
  private readonly statistics: OutputStatistics | undefined;
  private readonly stepsPerEpoch: number;
  private readonly total: number;

  constructor(settings: PretrainSettings, seed: number, store: ScanStore) {
    this.settings = settings;
    this.store = store;
    this.random = seededRandom(seed);
    const specs = glMaeSpecs(settings);
    const student = createParameters(specs.student, this.random.fork('weights'));
    const shared = new Set(specs.teacher.map((s) => s.name));
    this.teacher = copyParameters(new Map([...student].filter(([name]) => shared.has(name))));
    const decaying = new Set(specs.student.filter(decays).map((s) => s.name));
    const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = settings;
    this.student = new Optimiser(student, { beta1, beta2, epsilon, weightDecay, clip }, (name) => ({
      rate: 1,
      decays: decaying.has(name),
    }));
    this.tables = {
      global: positionTables(settings, gridOfView(settings, settings.globalSize)),
      local: positionTables(settings, gridOfView(settings, settings.localSize)),
    };
    this.statistics =
      settings.beta > 0 ? { teacher: freshMoments(settings.head.out), student: freshMoments(settings.head.out) } : undefined;
    this.stepsPerEpoch = Math.ceil(store.cases.length / settings.batch);
    this.total = this.stepsPerEpoch * settings.epochs;
  }

  async train(run: RunFolder, from: number, task: Task, stopAfter?: number): Promise<void> {
    await run.log(`pre-training from step ${String(from)} of ${String(this.total)}`);
    await trainingLoop({
      run,
      task,
      stage: 'pre-train',
      from,
      total: Math.min(this.total, stopAfter ?? this.total),
      stepsPerEpoch: this.stepsPerEpoch,
      checkpointSeconds: this.settings.checkpointSeconds,
      step: (step) => this.step(step),
      state: (done) => this.state(done),
    });
  }

  async restore(path: string): Promise<void> {
    const { tensors, numbers } = await readCheckpoint(path);
    replace(this.student.parameters, withoutPrefix(tensors, 'student/'));
    replace(this.student.m, withoutPrefix(tensors, 'm/'));
    replace(this.student.v, withoutPrefix(tensors, 'v/'));
    replace(this.teacher, withoutPrefix(tensors, 'teacher/'));
    this.student.steps = numbers['optimiserSteps'] ?? 0;
    for (const [name, moments] of namedMoments(this.statistics)) {
      dispose(moments.mean, moments.variance);
      moments.mean = tensors.get(`statistics/${name}/mean`) ?? moments.mean;
      moments.variance = tensors.get(`statistics/${name}/variance`) ?? moments.variance;
      moments.count = numbers[`${name}Count`] ?? 0;
    }
  }

  dispose(): void {
    disposeParameters(this.student.parameters);
    disposeParameters(this.teacher);
    this.student.dispose();
    for (const table of [this.tables.global, this.tables.local]) dispose(table.encoder, table.decoder);
    for (const [, moments] of namedMoments(this.statistics)) dispose(moments.mean, moments.variance);
  }

  private state(done: number): CheckpointState {
    const tensors = new Map<string, Tensor>();
    for (const [name, value] of this.student.parameters) tensors.set(`student/${name}`, value);
    for (const [name, value] of this.teacher) tensors.set(`teacher/${name}`, value);
    for (const [name, value] of this.student.m) tensors.set(`m/${name}`, value);
    for (const [name, value] of this.student.v) tensors.set(`v/${name}`, value);
    const numbers: Record<string, number> = { step: done, optimiserSteps: this.student.steps };
    for (const [name, moments] of namedMoments(this.statistics)) {
      tensors.set(`statistics/${name}/mean`, moments.mean);
      tensors.set(`statistics/${name}/variance`, moments.variance);
      numbers[`${name}Count`] = moments.count;
    }
    return { tensors, numbers };
  }

  /** Method 6.1. Every random choice comes from the seed and the step's number alone, so a resumed run makes the same ones. */
  private async step(step: number): Promise<Metrics & { loss: number }> {
    const s = this.settings;
    const began = performance.now();
    const { global, local } = await this.views(step);
    const ready = performance.now();
    const learningRate = learningRateAt(step, this.total, Math.max(1, Math.round(s.warmupShare * this.total)), s.learningRate);
    const result = differentiate(this.student.parameters, () =>
      glMaeLoss(global, local, this.student.parameters, this.teacher, this.tables, s, this.statistics),
    );
    const loss = (await values(result.loss))[0] ?? Number.NaN;
    const observed: Record<string, number> = {};
    for (const [name, meter] of Object.entries(result.observed)) observed[name] = (await values(meter))[0] ?? Number.NaN;
    dispose(result.loss, ...Object.values(result.observed), global.patches, global.places, local.patches, local.places);
    const gradientNorm = await this.student.step(result.gradients, learningRate);
    const mu = emaFactorAt(step, this.total, s.emaStart);
    for (const [name, average] of this.teacher) {
      const value = this.student.parameters.get(name);
      if (value !== undefined) this.teacher.set(name, movingAverage(average, value, mu));
    }
    const ms = performance.now() - began;
    return {
      loss,
      ...observed,
      gradientNorm,
      learningRate,
      ema: mu,
      milliseconds: ms,
      waiting: (ready - began) / ms,
      scansPerSecond: (1000 * s.batch) / ms,
    };
  }

  private async views(step: number): Promise<{ global: Views; local: Views }> {
    const s = this.settings;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const order = this.random.fork(`epoch ${String(epoch)}`).permutation(this.store.cases.length);
    const global: View[] = [];
    const local: View[] = [];
    for (let b = 0; b < s.batch; b++) {
      const at = ((step % this.stepsPerEpoch) * s.batch + b) % order.length;
      const { scan } = await this.store.get(order[at] ?? 0);
      const random = this.random.fork(`step ${String(step)} scan ${String(b)}`);
      const make = (size: PretrainSettings['globalSize'], [low, high]: readonly [number, number]): View =>
        makeView(scan, randomBox(scan.dims, low, high, random), size, s.encoder.patch, s.maskRatio, random);
      for (let j = 0; j < s.globals; j++) global.push(make(s.globalSize, s.globalScale));
      for (let j = 0; j < s.locals; j++) local.push(make(s.localSize, s.localScale));
    }
    return { global: stack(global, s.globals), local: stack(local, s.locals) };
  }
}

function namedMoments(statistics: OutputStatistics | undefined): [string, RunningMoments][] {
  if (statistics === undefined) return [];
  return [
    ['teacher', statistics.teacher],
    ['student', statistics.student],
  ];
}

function gridOfView(s: PretrainSettings, size: readonly [number, number, number]): [number, number, number] {
  const { patch } = s.encoder;
  return [size[0] / patch[0], size[1] / patch[1], size[2] / patch[2]];
}

function stack(views: readonly View[], perScan: number): Views {
  const first = views[0];
  if (first === undefined) throw new Error('A step has at least one view.');
  const n = first.places.length;
  const patches = new Float32Array(views.length * first.patches.length);
  const places = new Int32Array(views.length * n);
  views.forEach((view, i) => {
    patches.set(view.patches, i * first.patches.length);
    places.set(view.places, i * n);
  });
  return {
    patches: tensorFromOwned(patches, [views.length, n, first.patches.length / n]),
    places: integers(places, [views.length, n]),
    visible: first.visible,
    perScan,
    grid: first.grid,
  };
}

function replace(into: Map<string, Tensor>, from: ReadonlyMap<string, Tensor>): void {
  dispose(...into.values());
  into.clear();
  for (const [name, value] of from) into.set(name, value);
}
