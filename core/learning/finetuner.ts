import { seededRandom, type Random } from '../base/random.ts';
import { isCancelled, type Task } from '../base/task.ts';
import { diceCe, diceCeDefaults, differentiate, dispose, keep, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import type { DatasetCase } from '../imaging/index.ts';
import { createParameters, disposeParameters, type Parameters } from '../model/parameters.ts';
import { saveModel, type ModelDocument } from '../model/saved-model.ts';
import { disposeInput, type NetworkInput } from '../model/network-input.ts';
import { segmentationNetwork, type SegmentationNetwork } from '../model/segmentation-network.ts';
import { unetrSettings } from '../model/unetr.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import { randomCrop, type Crop } from './crops.ts';
import type { FinetuneSettings } from './finetune-settings.ts';
import { applyInitialWeights, startPositions, type InitialWeights } from './initial-weights.ts';
import { decays, layerDecay, Optimiser } from './optimiser.ts';
import type { RunFolder, Metrics } from './run-folder.ts';
import { ScanStore } from './scan-store.ts';
import { learningRateAt } from './schedule.ts';
import { trainingLoop } from './training-loop.ts';
import { validate } from './validate.ts';
import { cropTensors } from './crop-tensors.ts';

/** The state of one run and its step. */
export class Finetuner {
  private readonly run: RunFolder;
  private readonly settings: FinetuneSettings;
  private readonly network: SegmentationNetwork;
  private readonly labels: ModelDocument['labels'];
  private readonly training: ScanStore;
  private readonly validation: ScanStore;
  private readonly random: Random;
  private readonly optimiser: Optimiser;
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
    labels: ModelDocument['labels'],
    training: readonly DatasetCase[],
    validation: readonly DatasetCase[],
    pretrained: boolean,
  ) {
    this.run = run;
    this.settings = settings;
    this.labels = labels;
    this.network = segmentationNetwork({ network: 'unetr', settings: unetrSettings.parse({ ...settings, classes: labels.length }) });
    const classes = labels.map((l) => l.value);
    this.training = new ScanStore(training, settings.preparation, { classes });
    this.validation = new ScanStore(validation, settings.preparation, { classes });
    this.random = seededRandom(seed);
    const { specs } = this.network;
    const decaying = new Set(specs.filter(decays).map((s) => s.name));
    const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = settings;
    this.optimiser = new Optimiser(
      createParameters(specs, this.random.fork('weights')),
      { beta1, beta2, epsilon, weightDecay, clip },
      (name) => ({
        rate:
          settings.freezeEncoder && this.network.isEncoder(name)
            ? 0
            : pretrained
              ? layerDecay(name, settings.depth, settings.layerDecay)
              : 1,
        decays: decaying.has(name),
      }),
    );
    this.stepsPerEpoch = Math.ceil(training.length / settings.batch);
    this.total = this.stepsPerEpoch * settings.epochs;
  }

  start(initial: InitialWeights | undefined, subject: string): void {
    const { parameters } = this.optimiser;
    const name = 'vit.patch_embedding.position_embeddings';
    const own = parameters.get(name);
    if (own !== undefined) {
      parameters.set(name, keep(tensorFromOwned(startPositions(this.network.settings.settings, initial?.pretraining), own.shape)));
      own.dispose();
    }
    if (initial !== undefined) applyInitialWeights(parameters, initial, subject);
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
    for (const [into, prefix] of [
      [this.optimiser.parameters, 'network/'],
      [this.optimiser.m, 'm/'],
      [this.optimiser.v, 'v/'],
    ] as const) {
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
  }

  private state(done: number): CheckpointState {
    const tensors = new Map<string, Tensor>();
    for (const [name, value] of this.optimiser.parameters) tensors.set(`network/${name}`, value);
    for (const [name, value] of this.optimiser.m) tensors.set(`m/${name}`, value);
    for (const [name, value] of this.optimiser.v) tensors.set(`v/${name}`, value);
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
    const result = differentiate(this.optimiser.trainable(), () => {
      const logits = this.network.logits(batch.input, parameters);
      return { loss: diceCe(logits, batch.labels, { ...diceCeDefaults, includeBackground: s.includeBackground }), observed: {} };
    });
    const loss = (await values(result.loss))[0] ?? Number.NaN;
    disposeInput(batch.input);
    dispose(result.loss, batch.labels);
    const gradientNorm = await this.optimiser.step(result.gradients, learningRate);
    const ms = performance.now() - began;
    return { loss, gradientNorm, learningRate, milliseconds: ms, waiting: (ready - began) / ms };
  }

  private async crops(step: number): Promise<{ input: NetworkInput; labels: Tensor }> {
    const s = this.settings;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const order = this.random.fork(`epoch ${String(epoch)}`).permutation(this.training.cases.length);
    const crops: Crop[] = [];
    for (let b = 0; b < s.batch; b++) {
      const at = ((step % this.stepsPerEpoch) * s.batch + b) % order.length;
      const source = await this.training.get(order[at] ?? 0);
      const random = this.random.fork(`step ${String(step)} scan ${String(b)}`);
      for (let c = 0; c < s.crops; c++) crops.push(randomCrop(source, s, random));
    }
    return cropTensors(crops, this.network);
  }

  private async validateAfter(epoch: number, done: number, task: Task): Promise<void> {
    const s = this.settings;
    const due = epoch % s.validateEvery === 0 || done === this.total;
    if (this.validation.cases.length > 0 && due) {
      const model = { document: this.document({}), parameters: this.optimiser.parameters };
      const { dice, perClass } = await validate(this.validation, model, s.window, task);
      const classes = Object.fromEntries(perClass.map((d, i) => [`dice ${this.labels[i + 1]?.name ?? String(i + 1)}`, d]));
      await this.run.appendMetrics([{ step: done, epoch, validationDice: dice, ...classes }]);
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
      labels: this.labels,
      provenance: { run: this.run.path, ...measured },
    };
  }

  private async saveModel(measured: Record<string, number>): Promise<void> {
    const parameters: Parameters = this.optimiser.parameters;
    await saveModel(this.run.modelPath(), this.document(measured), parameters);
  }
}
