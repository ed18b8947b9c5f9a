import { seededRandom, type Random } from '../base/random.ts';
import type { Task } from '../base/task.ts';
import { copy, differentiate, dispose, keep, movingAverages, values, type Tensor } from '../compute/index.ts';
import { copyParameters, createParameters, disposeParameters } from '../model/parameters.ts';
import type { PretrainingMethod } from '../model/pretraining-method.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import type { ViewKind } from '../model/views.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import { applyInitialWeights, type InitialWeights } from './initial-weights.ts';
import { decays, Optimiser } from './optimiser.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import type { RunFolder, Metrics } from './run-folder.ts';
import { emaFactorAt, learningRateAt } from './schedule.ts';
import { Snapshots } from './snapshots.ts';
import { trainingLoop, type LoopOptions } from './training-loop.ts';
import { viewTensors, type ViewSource } from './view-source.ts';

/** Besides the steps: what a caller may want to know or do. */
export interface PretrainerOptions {
  /** Stop after this many steps, as if cancelled there. */
  readonly stopAfter?: number | undefined;
  /** Called after the last step of each epoch, before a checkpoint of that step. */
  readonly epochEnd?: LoopOptions['epochEnd'];
}

/** The state of one pre-training run and its step (method 6.1). */
export class Pretrainer {
  readonly method: PretrainingMethod;
  readonly student: Optimiser;
  readonly teacher: Map<string, Tensor>;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly total: number;
  private readonly settings: PretrainSettings;
  private readonly views: ViewSource;

  /** @param views where the views of a step come from, by their kinds and the generator of the run, which they must not advance */
  constructor(settings: PretrainSettings, seed: number, cases: number, views: (kinds: readonly ViewKind[], random: Random) => ViewSource) {
    this.settings = settings;
    const random = seededRandom(seed);
    this.method = pretrainingMethod(settings);
    this.views = views(this.method.kinds, random);
    const { specs } = this.method;
    const student = createParameters(specs.student, random.fork('weights'));
    const shared = new Set(specs.teacher.map((s) => s.name));
    this.teacher = copyParameters(new Map([...student].filter(([name]) => shared.has(name))));
    const decaying = new Set(specs.student.filter(decays).map((s) => s.name));
    const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = settings;
    this.student = new Optimiser(student, { beta1, beta2, epsilon, weightDecay, clip }, (name) => ({
      rate: 1,
      decays: decaying.has(name),
    }));
    this.stepsPerEpoch = Math.ceil(cases / settings.batch);
    this.total = this.stepsPerEpoch * settings.epochs;
  }

  /**
   * Puts given weights in place of fresh ones before the first step; the teacher starts as a copy again (method 2.4).
   * @throws TesseraError `bad-model` when the encoder does not fit
   */
  start(initial: InitialWeights, subject: string): ReturnType<typeof applyInitialWeights> {
    const applied = applyInitialWeights(this.student.parameters, initial, subject);
    for (const [name, old] of this.teacher) {
      const value = this.student.parameters.get(name);
      if (value === undefined) continue;
      this.teacher.set(name, keep(copy(value)));
      dispose(old);
    }
    return applied;
  }

  async train(run: RunFolder, from: number, task: Task, { stopAfter, epochEnd }: PretrainerOptions = {}): Promise<void> {
    const snapshots = new Snapshots(run, this.settings);
    await run.log(`pre-training (${this.settings.method}) from step ${String(from)} of ${String(this.total)}`);
    await trainingLoop({
      run,
      task,
      stage: 'pre-train',
      from,
      total: Math.min(this.total, stopAfter ?? this.total),
      stepsPerEpoch: this.stepsPerEpoch,
      checkpointSeconds: this.settings.checkpointSeconds,
      health: {
        warmupSteps: this.settings.warmupShare * this.total,
        ...(this.teacher.size > 0 ? { outputs: this.settings.head.out, standardised: this.settings.antiCollapse === 'standardise' } : {}),
      },
      step: (step) => this.step(step),
      state: (done) => this.state(done),
      epochEnd: async (epoch, done) => {
        await snapshots.after(epoch, done, this.student.parameters);
        await epochEnd?.(epoch, done);
      },
    });
  }

  async restore(path: string): Promise<void> {
    const { tensors, numbers } = await readCheckpoint(path);
    const groups = this.weightGroups();
    for (const [prefix, into] of groups) {
      dispose(...into.values());
      into.clear();
      for (const [name, value] of withoutPrefix(tensors, prefix)) into.set(name, value);
    }
    this.student.steps = numbers['optimiserSteps'] ?? 0;
    const isWeight = (name: string): boolean => groups.some(([prefix]) => name.startsWith(prefix));
    this.method.restore({ tensors: new Map([...tensors].filter(([name]) => !isWeight(name))), numbers });
  }

  dispose(): void {
    disposeParameters(this.student.parameters);
    disposeParameters(this.teacher);
    this.student.dispose();
    this.method.dispose();
  }

  private state(done: number): CheckpointState {
    const { tensors: remembered, numbers } = this.method.state();
    const tensors = new Map<string, Tensor>();
    for (const [prefix, group] of this.weightGroups()) for (const [name, value] of group) tensors.set(prefix + name, value);
    for (const [name, value] of remembered) tensors.set(name, value);
    return { tensors, numbers: { step: done, optimiserSteps: this.student.steps, ...numbers } };
  }

  /** What a checkpoint holds of weights, by the prefix of its names. */
  private weightGroups(): [string, Map<string, Tensor>][] {
    return [
      ['student/', this.student.parameters],
      ['teacher/', this.teacher],
      ['m/', this.student.m],
      ['v/', this.student.v],
    ];
  }

  /** Every random choice comes from the seed and the step's number alone, so a resumed run makes the same ones. */
  private async step(step: number): Promise<Metrics & { loss: number }> {
    const s = this.settings;
    const began = performance.now();
    const made = await this.views(step);
    const ready = performance.now();
    const views = this.method.kinds.map((kind, i) => viewTensors(made[i] ?? [], kind.perScan));
    const learningRate = learningRateAt(step, this.total, Math.max(1, Math.round(s.warmupShare * this.total)), s.learningRate);
    const weights = { student: this.student.parameters, teacher: this.teacher };
    const result = differentiate(weights.student, () => this.method.loss(views, weights, { step, total: this.total }));
    const loss = (await values(result.loss))[0] ?? Number.NaN;
    const observed: Record<string, number> = {};
    for (const [name, meter] of Object.entries(result.observed)) observed[name] = (await values(meter))[0] ?? Number.NaN;
    dispose(result.loss, ...Object.values(result.observed), ...views.flatMap(({ patches, places }) => [patches, places]));
    const gradientNorm = await this.student.step(result.gradients, learningRate);
    const ema = this.updateTeacher(step);
    const ms = performance.now() - began;
    return {
      loss,
      ...observed,
      gradientNorm,
      learningRate,
      ...ema,
      milliseconds: ms,
      waiting: (ready - began) / ms,
      scansPerSecond: (1000 * s.batch) / ms,
    };
  }

  /** θ_m ← μ_t θ_m + (1 − μ_t) θ_s, eq. 3 (method 2.4). */
  private updateTeacher(step: number): { ema?: number } {
    if (this.teacher.size === 0) return {};
    const mu = emaFactorAt(step, this.total, this.settings.emaStart, this.settings.emaEnd);
    movingAverages(this.teacher, this.student.parameters, mu);
    return { ema: mu };
  }
}
