import { seededRandom, type Random } from '../base/random.ts';
import { isCancelled, type Task } from '../base/task.ts';
import { differentiate, dispose, keep, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import type { DatasetCase } from '../imaging/index.ts';
import { createParameters, disposeParameters, type Parameters } from '../model/parameters.ts';
import { saveModel, type ModelDocument } from '../model/saved-model.ts';
import { disposeInput, type NetworkInput } from '../model/network-input.ts';
import type { SegmentationNetwork } from '../model/segmentation-network.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import { countCentres, type CentreCounts } from './crop-centres.ts';
import { randomCrop, type Crop } from './crops.ts';
import type { FinetuneSettings } from './finetune-settings.ts';
import { applyInitialWeights, startPositions, type InitialWeights } from './initial-weights.ts';
import { decays, Optimiser } from './optimiser.ts';
import type { RunFolder, Metrics } from './run-folder.ts';
import { cacheOf } from './run-cache.ts';
import { ScanStore, type TrainingCase } from './scan-store.ts';
import { learningRateAt } from './schedule.ts';
import { modelLabels, outputsOf, targetLoss, type Targets } from './targets.ts';
import { trainingLoop } from './training-loop.ts';
import { validate } from './validate.ts';
import { cropTensors } from './crop-tensors.ts';
import { finetunedNetwork, POSITIONS, type FinetunedNetwork } from './finetuned-network.ts';
import { WeightAverage } from './weight-average.ts';

/** The state of one run and its step. */
export class Finetuner {
  private readonly run: RunFolder;
  private readonly settings: FinetuneSettings;
  private readonly trained: FinetunedNetwork;
  private readonly network: SegmentationNetwork;
  private readonly targets: Targets;
  private readonly training: ScanStore;
  private readonly validation: ScanStore;
  private readonly random: Random;
  private readonly optimiser: Optimiser;
  private readonly average: WeightAverage | undefined;
  /** Where crops of each case may be centred, by id. */
  private readonly centres = new Map<string, CentreCounts>();
  /** Class index of voxels that nobody labelled. */
  private readonly ignored: number | undefined;
  private readonly stepsPerEpoch: number;
  private readonly total: number;
  private best = { dice: -1, step: 0 };
  private worse = 0;
  /** The last step whose epoch has ended, validation included. */
  private validatedAt = 0;

  constructor(
    run: RunFolder,
    settings: FinetuneSettings,
    seed: number,
    targets: Targets,
    training: readonly DatasetCase[],
    validation: readonly DatasetCase[],
    pretrained: boolean,
  ) {
    this.run = run;
    this.settings = settings;
    this.targets = targets;
    this.trained = finetunedNetwork(settings, outputsOf(targets), pretrained);
    this.network = this.trained.network;
    this.ignored = settings.ignoreValue === null ? undefined : targets.classes.length;
    const classes = [...targets.classes.map((c) => c.value), ...(settings.ignoreValue === null ? [] : [settings.ignoreValue])];
    const stored = { classes, ...cacheOf(run, settings) };
    this.training = new ScanStore(training, settings.preparation, stored);
    this.validation = new ScanStore(validation, settings.preparation, stored);
    this.random = seededRandom(seed);
    const { specs } = this.network;
    const decaying = new Set(specs.filter(decays).map((s) => s.name));
    const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = settings;
    this.optimiser = new Optimiser(
      createParameters(specs, this.random.fork('weights')),
      { beta1, beta2, epsilon, weightDecay, clip },
      (name) => ({ rate: this.trained.rateOf(name), decays: decaying.has(name) }),
    );
    this.average = settings.emaDecay === 0 ? undefined : new WeightAverage(settings.emaDecay);
    this.stepsPerEpoch = Math.ceil(training.length / settings.batch);
    this.total = this.stepsPerEpoch * settings.epochs;
  }

  /** Fresh weights, with those of `initial` in place of theirs. @param subject where they come from, for errors */
  start(initial: InitialWeights | undefined, subject: string): void {
    const { parameters } = this.optimiser;
    const { network, settings } = this.network.settings;
    const own = parameters.get(POSITIONS);
    if (network === 'unetr' && own !== undefined) {
      parameters.set(POSITIONS, keep(tensorFromOwned(startPositions(settings, initial?.pretraining), own.shape)));
      own.dispose();
    }
    if (initial !== undefined) applyInitialWeights(parameters, initial, subject);
    this.average?.start(this.optimiser.trainable());
  }

  async train(from: number, task: Task, stopAfter?: number): Promise<void> {
    await this.run.log(`fine-tuning from step ${String(from)} of ${String(this.total)}`);
    await this.catchUp(from, task);
    if (this.stopsEarly()) await this.run.log(`stopped early: no better validation in ${String(this.settings.patience)}`);
    else await this.loop(from, task, stopAfter);
    if (this.best.step === 0 && stopAfter === undefined) await this.saveModel({});
  }

  /** A run that was cancelled while it validated has that before it. */
  private async catchUp(from: number, task: Task): Promise<void> {
    if (from > 0 && from % this.stepsPerEpoch === 0 && this.validatedAt < from)
      await this.validateAfter(from / this.stepsPerEpoch, from, task);
  }

  private stopsEarly(): boolean {
    return this.settings.patience > 0 && this.worse >= this.settings.patience;
  }

  private async loop(from: number, task: Task, stopAfter?: number): Promise<void> {
    const early = new AbortController();
    try {
      await trainingLoop({
        run: this.run,
        task: { ...task, signal: AbortSignal.any([task.signal, early.signal]) },
        stage: 'fine-tune',
        from,
        total: Math.min(this.total, stopAfter ?? this.total),
        stepsPerEpoch: this.stepsPerEpoch,
        checkpointSeconds: this.settings.checkpointSeconds,
        health: { warmupSteps: this.settings.warmupShare * this.total },
        step: (step) => this.step(step),
        state: (done) => this.state(done),
        epochEnd: async (epoch, done) => {
          await this.validateAfter(epoch, done, task);
          if (this.stopsEarly()) early.abort();
        },
      });
    } catch (error) {
      if (!early.signal.aborted || task.signal.aborted || !isCancelled(error)) throw error;
      await this.run.log(`stopped early: no better validation in ${String(this.settings.patience)}`);
    }
  }

  async restore(path: string): Promise<void> {
    const { tensors, numbers } = await readCheckpoint(path);
    for (const { prefix, tensors: into } of this.groups()) {
      dispose(...into.values());
      into.clear();
      for (const [name, value] of withoutPrefix(tensors, prefix)) into.set(name, value);
    }
    this.optimiser.steps = numbers['optimiserSteps'] ?? 0;
    this.best = { dice: numbers['bestDice'] ?? -1, step: numbers['bestStep'] ?? 0 };
    this.worse = numbers['worse'] ?? 0;
    this.validatedAt = numbers['validatedAt'] ?? 0;
  }

  dispose(): void {
    disposeParameters(this.optimiser.parameters);
    this.optimiser.dispose();
    this.average?.dispose();
  }

  /** Everything that a checkpoint holds besides numbers. */
  private groups(): { readonly prefix: string; readonly tensors: Map<string, Tensor> }[] {
    const { parameters, m, v } = this.optimiser;
    return [
      { prefix: 'network/', tensors: parameters },
      { prefix: 'm/', tensors: m },
      { prefix: 'v/', tensors: v },
      ...(this.average === undefined ? [] : [{ prefix: 'average/', tensors: this.average.averages }]),
    ];
  }

  private state(done: number): CheckpointState {
    const tensors = new Map<string, Tensor>();
    for (const group of this.groups()) for (const [name, value] of group.tensors) tensors.set(group.prefix + name, value);
    const { optimiser, best, worse, validatedAt } = this;
    return {
      tensors,
      numbers: { step: done, optimiserSteps: optimiser.steps, bestDice: best.dice, bestStep: best.step, worse, validatedAt },
    };
  }

  private async step(step: number): Promise<Metrics & { loss: number }> {
    const s = this.settings;
    const began = performance.now();
    const batch = await this.crops(step);
    const ready = performance.now();
    const learningRate = learningRateAt(step, this.total, Math.max(1, Math.round(s.warmupShare * this.total)), s.learningRate);
    const { parameters } = this.optimiser;
    const { dropPath } = this.trained;
    const training = dropPath === 0 ? undefined : { random: this.random.fork(`step ${String(step)} drop`), dropPath };
    const result = differentiate(this.optimiser.trainable(), () => {
      const logits = this.network.logits(batch.input, parameters, training);
      return { loss: targetLoss(logits, batch.labels, this.targets, s), observed: {} };
    });
    const loss = (await values(result.loss))[0] ?? Number.NaN;
    disposeInput(batch.input);
    dispose(result.loss, batch.labels);
    const gradientNorm = await this.optimiser.step(result.gradients, learningRate);
    if (Number.isFinite(gradientNorm)) this.average?.update(parameters, this.optimiser.steps);
    const ms = performance.now() - began;
    return { loss, gradientNorm, learningRate, milliseconds: ms, waiting: (ready - began) / ms };
  }

  private async crops(step: number): Promise<{ input: NetworkInput; labels: Tensor }> {
    const s = this.settings;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const order = this.random.fork(`epoch ${String(epoch)}`).permutation(this.training.cases.length);
    const crops: Crop[] = [];
    const cropSettings = { ...s, size: this.network.size };
    for (let b = 0; b < s.batch; b++) {
      const at = ((step % this.stepsPerEpoch) * s.batch + b) % order.length;
      const source = await this.training.get(order[at] ?? 0);
      const random = this.random.fork(`step ${String(step)} scan ${String(b)}`);
      for (let c = 0; c < s.crops; c++) crops.push(randomCrop(source, cropSettings, random, this.ignored, this.centresOf(source)));
    }
    return cropTensors(crops, this.network);
  }

  private centresOf(source: TrainingCase): CentreCounts {
    const counts = this.centres.get(source.id) ?? countCentres(source, this.ignored);
    this.centres.set(source.id, counts);
    return counts;
  }

  /** The weights that are validated and saved. */
  private weights(): Parameters {
    return this.average?.over(this.optimiser.parameters) ?? this.optimiser.parameters;
  }

  private async validateAfter(epoch: number, done: number, task: Task): Promise<void> {
    const s = this.settings;
    const due = epoch % s.validateEvery === 0 || done === this.total;
    if (this.validation.cases.length > 0 && due) {
      const model = { document: this.document({}), parameters: this.weights() };
      const { dice, byTarget, cases } = await validate(this.validation, model, this.targets, s.window, task);
      const each = Object.fromEntries(Object.entries(byTarget).map(([name, value]) => [`dice ${name}`, value]));
      await this.run.appendMetrics([
        { step: done, epoch, validationDice: dice, ...each },
        ...cases.map((one) => ({ step: done, epoch, event: 'case', case: one.id, dice: one.dice })),
      ]);
      const better = dice > this.best.dice;
      this.worse = better ? 0 : this.worse + 1;
      if (better) {
        this.best = { dice, step: done };
        await this.saveModel({ validationDice: dice });
      }
    }
    this.validatedAt = done;
  }

  private document(measured: Record<string, number>): ModelDocument {
    return {
      schema: 'tessera-model/1',
      ...this.network.settings,
      preparation: this.settings.preparation,
      ...modelLabels(this.targets),
      provenance: { run: this.run.path, ...measured },
    };
  }

  private async saveModel(measured: Record<string, number>): Promise<void> {
    await saveModel(this.run.modelPath(), this.document(measured), this.weights());
  }
}
