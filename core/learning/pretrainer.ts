import { seededRandom, type Random } from '../base/random.ts';
import type { Task } from '../base/task.ts';
import { differentiate, dispose, integers, movingAverage, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import { freshMoments, type OutputStatistics, type RunningMoments } from '../model/anti-collapse.ts';
import { glMaeLoss, glMaeSpecs, positionTables, type Views } from '../model/gl-mae.ts';
import { copyParameters, createParameters, disposeParameters } from '../model/parameters.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import { decays, Optimiser } from './optimiser.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import type { RunFolder, Metrics } from './run-folder.ts';
import type { ScanStore } from './scan-store.ts';
import { emaFactorAt, learningRateAt } from './schedule.ts';
import { trainingLoop } from './training-loop.ts';
import { makeView, randomBox, type View } from '../model/views.ts';
import { gridOfView } from './view-sizes.ts';

/** The state of one run and its step. */
export class Pretrainer {
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
