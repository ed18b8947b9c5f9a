import { seededRandom, type Random } from '../base/random.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { binaryCrossEntropy, differentiate, dispose, tensor, values, type Tensor } from '../compute/index.ts';
import { auc, meanAuc } from '../evaluation/index.ts';
import type { DatasetCase, PreparationSettings } from '../imaging/index.ts';
import {
  classifierGrid,
  classifierInput,
  classifierLogits,
  classifierPatches,
  classifierSpecs,
  type ClassifierSettings,
} from '../model/classifier.ts';
import { createParameters, disposeParameters } from '../model/parameters.ts';
import { PositionTables } from '../model/position-tables.ts';
import { saveClassifier } from '../model/saved-classifier.ts';
import { randomBox } from '../model/views.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import type { ClassifySettings } from './classify-settings.ts';
import type { FindingTable } from './findings.ts';
import { applyInitialWeights, type InitialWeights } from './initial-weights.ts';
import { decays, layerDecay, Optimiser } from './optimiser.ts';
import type { Metrics, RunFolder } from './run-folder.ts';
import { ScanStore } from './scan-store.ts';
import { learningRateAt } from './schedule.ts';
import { trainingLoop } from './training-loop.ts';

export interface ClassifierTask {
  readonly classifier: ClassifierSettings;
  readonly preparation: PreparationSettings;
  readonly answers: FindingTable['answers'];
  readonly training: readonly DatasetCase[];
  readonly validation: readonly DatasetCase[];
}

/** The state of one run of training a classifier, and its step. */
export class ClassifierTrainer {
  private readonly run: RunFolder;
  private readonly settings: ClassifySettings;
  private readonly classifier: ClassifierSettings;
  private readonly about: ClassifierTask;
  private readonly training: ScanStore;
  private readonly validation: ScanStore;
  private readonly random: Random;
  private readonly optimiser: Optimiser;
  private readonly tables: PositionTables;
  private readonly stepsPerEpoch: number;
  private readonly total: number;
  private best = { auc: -1, step: 0 };
  private validatedAt = 0;

  constructor(run: RunFolder, settings: ClassifySettings, seed: number, about: ClassifierTask) {
    this.run = run;
    this.settings = settings;
    this.about = about;
    this.classifier = about.classifier;
    this.training = new ScanStore(about.training, about.preparation);
    this.validation = new ScanStore(about.validation, about.preparation);
    this.random = seededRandom(seed);
    this.tables = new PositionTables(about.classifier.positionGrid);
    const specs = classifierSpecs(about.classifier);
    const decaying = new Set(specs.filter(decays).map((s) => s.name));
    const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = settings;
    this.optimiser = new Optimiser(
      createParameters(specs, this.random.fork('weights')),
      { beta1, beta2, epsilon, weightDecay, clip },
      (name) => ({ rate: this.rateOf(name), decays: decaying.has(name) }),
    );
    this.stepsPerEpoch = Math.ceil(about.training.length / settings.batch);
    this.total = this.stepsPerEpoch * settings.epochs;
  }

  start(initial: InitialWeights, subject: string): void {
    applyInitialWeights(this.optimiser.parameters, initial, subject);
  }

  async train(from: number, task: Task): Promise<void> {
    await this.run.log(`classification from step ${String(from)} of ${String(this.total)}`);
    // A run that was cancelled while it validated has that before it.
    if (from > 0 && from % this.stepsPerEpoch === 0 && this.validatedAt < from)
      await this.validateAfter(from / this.stepsPerEpoch, from, task);
    await trainingLoop({
      run: this.run,
      task,
      stage: 'classify',
      from,
      total: this.total,
      stepsPerEpoch: this.stepsPerEpoch,
      checkpointSeconds: this.settings.checkpointSeconds,
      health: { warmupSteps: this.settings.warmupShare * this.total },
      step: (step) => this.step(step),
      state: (done) => this.state(done),
      epochEnd: (epoch, done) => this.validateAfter(epoch, done, task),
    });
    if (this.best.step === 0) await this.save({});
  }

  async restore(path: string): Promise<void> {
    const { tensors, numbers } = await readCheckpoint(path);
    for (const [prefix, into] of this.groups()) {
      dispose(...into.values());
      into.clear();
      for (const [name, value] of withoutPrefix(tensors, prefix)) into.set(name, value);
    }
    this.optimiser.steps = numbers['optimiserSteps'] ?? 0;
    this.best = { auc: numbers['bestAuc'] ?? -1, step: numbers['bestStep'] ?? 0 };
    this.validatedAt = numbers['validatedAt'] ?? 0;
  }

  dispose(): void {
    disposeParameters(this.optimiser.parameters);
    this.optimiser.dispose();
    this.tables.dispose();
  }

  /** Factor on the learning rate: 1 for head and final norm, less for each block below (method 11.2). */
  private rateOf(name: string): number {
    const { freezeEncoder, layerDecay: decay } = this.settings;
    if (!name.startsWith('vit.')) return 1;
    if (freezeEncoder) return 0;
    const block = /^vit\.blocks\.(\d+)\./.exec(name)?.[1];
    const layer = block !== undefined ? Number(block) + 1 : name.startsWith('vit.norm') ? undefined : 0;
    return layerDecay(layer, this.classifier.encoder.depth + 1, decay);
  }

  private groups(): (readonly [string, Map<string, Tensor>])[] {
    const { parameters, m, v } = this.optimiser;
    return [
      ['network/', parameters],
      ['m/', m],
      ['v/', v],
    ];
  }

  private state(done: number): CheckpointState {
    const tensors = new Map<string, Tensor>();
    for (const [prefix, group] of this.groups()) for (const [name, value] of group) tensors.set(prefix + name, value);
    const { optimiser, best, validatedAt } = this;
    return { tensors, numbers: { step: done, optimiserSteps: optimiser.steps, bestAuc: best.auc, bestStep: best.step, validatedAt } };
  }

  private positions(): Tensor {
    return this.tables.of(classifierGrid(this.classifier), this.classifier.encoder.width);
  }

  private async step(step: number): Promise<Metrics & { loss: number }> {
    const s = this.settings;
    const began = performance.now();
    const { input, targets } = await this.batch(step);
    const positions = this.positions();
    const ready = performance.now();
    const learningRate = learningRateAt(step, this.total, Math.max(1, Math.round(s.warmupShare * this.total)), s.learningRate);
    const training =
      s.dropPath === 0 || s.freezeEncoder ? undefined : { random: this.random.fork(`step ${String(step)} drop`), dropPath: s.dropPath };
    const result = differentiate(this.optimiser.trainable(), () => ({
      loss: binaryCrossEntropy(classifierLogits(input, positions, this.optimiser.parameters, this.classifier, training), targets),
      observed: {},
    }));
    const loss = (await values(result.loss))[0] ?? Number.NaN;
    dispose(result.loss, input, targets);
    const gradientNorm = await this.optimiser.step(result.gradients, learningRate);
    const ms = performance.now() - began;
    return { loss, gradientNorm, learningRate, milliseconds: ms, waiting: (ready - began) / ms };
  }

  /** A box of each of the step's scans, and what is known about them. */
  private async batch(step: number): Promise<{ input: Tensor; targets: Tensor }> {
    const { batch, boxScale } = this.settings;
    const { cases } = this.training;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const order = this.random.fork(`epoch ${String(epoch)}`).permutation(cases.length);
    const patches: Float32Array[] = [];
    const answers: number[] = [];
    for (let b = 0; b < batch; b++) {
      const { scan, id } = await this.training.get(order[((step % this.stepsPerEpoch) * batch + b) % order.length] ?? 0);
      const random = this.random.fork(`step ${String(step)} scan ${String(b)}`);
      const box = randomBox(scan.dims, { shares: [boxScale, boxScale, boxScale], oneFactor: false }, random);
      patches.push(classifierPatches(scan, this.classifier, box));
      answers.push(...this.answersOf(id));
    }
    return { input: classifierInput(patches, this.classifier), targets: tensor(answers, [batch, this.classifier.findings.length]) };
  }

  private answersOf(id: string): readonly number[] {
    return this.about.answers.get(id) ?? this.classifier.findings.map(() => -1);
  }

  private async validateAfter(epoch: number, done: number, task: Task): Promise<void> {
    const due = epoch % this.settings.validateEvery === 0 || done === this.total;
    if (this.validation.cases.length > 0 && due) {
      const areas = await this.areas(task);
      const mean = meanAuc(areas);
      const each = Object.fromEntries(areas.map((area, f) => [`auc ${this.classifier.findings[f] ?? ''}`, area]));
      await this.run.appendMetrics([{ step: done, epoch, validationAuc: mean, ...each }]);
      if (mean > this.best.auc) {
        this.best = { auc: mean, step: done };
        await this.save({ validationAuc: mean });
      }
    }
    this.validatedAt = done;
  }

  /** AUC of each finding over the validation scans, each shown whole. */
  private async areas(task: Task): Promise<number[]> {
    const { cases } = this.validation;
    const scores: Float32Array[] = [];
    for (let i = 0; i < cases.length; i++) {
      throwIfCancelled(task);
      const { scan } = await this.validation.get(i);
      const input = classifierInput([classifierPatches(scan, this.classifier)], this.classifier);
      const logits = classifierLogits(input, this.positions(), this.optimiser.parameters, this.classifier);
      scores.push(await values(logits));
      dispose(input, logits);
    }
    const answers = cases.map(({ id }) => this.answersOf(id));
    return this.classifier.findings.map((_, f) =>
      auc(
        scores.map((row) => row[f] ?? Number.NaN),
        answers.map((row) => ((row[f] ?? -1) < 0 ? undefined : row[f] === 1)),
      ),
    );
  }

  private async save(measured: Record<string, number>): Promise<void> {
    const provenance = { run: this.run.path, ...measured };
    const document = {
      schema: 'tessera-classifier/1',
      settings: this.classifier,
      preparation: this.about.preparation,
      provenance,
    } as const;
    await saveClassifier(this.run.modelPath(), document, this.optimiser.parameters);
  }
}
