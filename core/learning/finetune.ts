import { TesseraError } from '../base/errors.ts';
import { seededRandom, type Random } from '../base/random.ts';
import { isCancelled, type Task } from '../base/task.ts';
import {
  diceCe,
  diceCeDefaults,
  differentiate,
  dispose,
  integers,
  keep,
  tensorFromOwned,
  values,
  type Backend,
  type Tensor,
} from '../compute/index.ts';
import { checkLabels, findCases, readScan, type Dataset, type DatasetCase } from '../imaging/index.ts';
import { channelsLast } from '../inference/sliding-window.ts';
import { createParameters, disposeParameters, type Parameters } from '../model/parameters.ts';
import { patchesOf } from '../model/patches.ts';
import { saveModel, type ModelDocument } from '../model/saved-model.ts';
import { unetr, unetrSettings, unetrSpecs, type UnetrSettings } from '../model/unetr.ts';
import { readCheckpoint, withoutPrefix, type CheckpointState } from './checkpoint.ts';
import { randomCrop, type Crop } from './crops.ts';
import { dataDocument } from './data-document.ts';
import { finetuneSettings, type FinetuneSettings } from './finetune-settings.ts';
import { applyInitialWeights, readInitialWeights, startPositions, type InitialWeights } from './initial-weights.ts';
import { decays, layerDecay, Optimiser } from './optimiser.ts';
import { RunFolder, type Metrics, type RunDocument } from './run-folder.ts';
import { ScanStore } from './scan-store.ts';
import { learningRateAt } from './schedule.ts';
import { splitCases, type SplitOptions } from './split.ts';
import { trainingLoop } from './training-loop.ts';
import { validate } from './validate.ts';
import { versions } from './versions.ts';

export interface FinetuneOptions {
  readonly data: string;
  readonly out: string;
  readonly settings: FinetuneSettings;
  readonly seed: number;
  readonly backend: Backend;
  /** A pre-training run or a model to start from. */
  readonly init?: string;
  readonly split?: Omit<SplitOptions, 'validationShare' | 'seed'>;
  readonly stopAfter?: number;
}

/** Supervised training of UNETR (method 10). The best checkpoint (or the last, without validation) is saved in `model/` of the run. */
export async function finetune(options: FinetuneOptions, task: Task): Promise<RunFolder> {
  const { settings, seed } = options;
  const dataset = await findCases(options.data);
  const split = splitCases(dataset.cases, { ...options.split, validationShare: settings.validationShare, seed });
  const labels = await labelClasses(dataset, [...split.training, ...split.validation]);
  const initial = options.init === undefined ? undefined : await readInitialWeights(options.init);
  try {
    checkSize(settings);
    const run = await RunFolder.create(options.out, {
      schema: 'tessera-run/1',
      kind: 'finetune',
      settings,
      seed,
      data: await dataDocument(options.data, [
        ...split.training.map((c) => ({ case: c, use: 'training' })),
        ...split.validation.map((c) => ({ case: c, use: 'validation' })),
      ]),
      versions: await versions(options.backend),
      started: new Date().toISOString(),
      extra: {
        labels,
        init: options.init ?? null,
        initial: initial?.description ?? 'fresh weights',
        pretraining: initial?.pretraining ?? null,
      },
    });
    const trainer = new Finetuner(run, settings, seed, labels, split.training, split.validation, initial !== undefined);
    try {
      trainer.start(initial, options.init ?? '');
      await trainer.train(0, task, options.stopAfter);
    } finally {
      trainer.dispose();
    }
    return run;
  } finally {
    if (initial !== undefined) disposeParameters(initial.parameters);
  }
}

/** Goes on from the newest checkpoint, exactly as if the run had not stopped. */
export async function resumeFinetune(out: string, task: Task): Promise<RunFolder> {
  const { run, document } = await RunFolder.open(out);
  const settings = finetuneSettings.parse(document.settings);
  const dataset = await findCases(document.data.folder);
  const used = (use: string): DatasetCase[] =>
    document.data.cases.filter((c) => c.use === use).map((c) => dataset.cases.find((d) => d.id === c.id) ?? missing(c.id, document));
  const labels = document.extra['labels'] as ModelDocument['labels'];
  const init = document.extra['init'] as string | null;
  const trainer = new Finetuner(run, settings, document.seed, labels, used('training'), used('validation'), init !== null);
  try {
    const step = (await run.checkpoints()).at(-1) ?? 0;
    if (step > 0) await trainer.restore(run.checkpointPath(`step-${String(step)}`));
    else {
      const initial = init === null ? undefined : await readInitialWeights(init);
      trainer.start(initial, init ?? '');
      if (initial !== undefined) disposeParameters(initial.parameters);
    }
    await run.truncateMetrics(step);
    await trainer.train(step, task);
  } finally {
    trainer.dispose();
  }
  return run;
}

function missing(id: string, document: RunDocument): never {
  throw new TesseraError('no-data', `the case ${id} that the run began with is gone.`, {
    subject: document.data.folder,
    advice: 'Put it back, or start a new run.',
  });
}

function checkSize(s: FinetuneSettings): void {
  s.size.forEach((side, axis) => {
    const patch = s.patch[axis] ?? 1;
    if (side % patch !== 0 || ![1, 2, 4, 8, 16].includes(patch))
      throw new TesseraError('bad-setting', `${s.size.join('x')} does not go with the patch ${s.patch.join('x')}.`, {
        subject: 'size',
        advice: 'Patches are 1, 2, 4, 8 or 16 along each axis, and the size a multiple of them.',
      });
  });
  if (s.depth < 3)
    throw new TesseraError('bad-setting', `${String(s.depth)} blocks are too few: UNETR takes the outputs of three of them.`, {
      subject: 'depth',
      advice: 'Use 3 or more; 12 is usual.',
    });
  if (s.width % s.heads !== 0)
    throw new TesseraError('bad-setting', `${String(s.width)} does not divide by ${String(s.heads)} heads.`, {
      subject: 'width',
      advice: 'Choose a multiple.',
    });
}

/** The values that occur in the label maps, with their names: one class each, background first. Every file is checked here, before any second is spent. */
async function labelClasses(dataset: Dataset, cases: readonly DatasetCase[]): Promise<ModelDocument['labels']> {
  const found = new Set<number>([0]);
  for (const c of cases) {
    if (c.label === undefined) continue;
    const scan = await readScan(c.images[0] ?? '');
    const label = await readScan(c.label);
    const checked = checkLabels(label.volume, scan.volume.geometry, { labelName: c.label, scanName: c.images[0] ?? c.id });
    for (const { value } of checked.counts) found.add(value);
  }
  const sorted = [...found].sort((a, b) => a - b);
  if (sorted.length < 2)
    throw new TesseraError('bad-labels', 'every label map is empty.', { subject: dataset.folder, advice: 'Label at least one structure.' });
  if (sorted.some((value) => value > 255))
    throw new TesseraError('bad-labels', 'has values above 255.', { subject: dataset.folder, advice: 'Renumber the segments.' });
  const names = dataset.labelNames;
  return sorted.map((value) => ({ value, name: names[value] ?? (value === 0 ? 'background' : `label ${String(value)}`) }));
}

/** The state of one run and its step. */
class Finetuner {
  private readonly run: RunFolder;
  private readonly settings: FinetuneSettings;
  private readonly network: UnetrSettings;
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
    this.network = unetrSettings.parse({ ...settings, classes: labels.length });
    const classes = labels.map((l) => l.value);
    this.training = new ScanStore(training, settings.preparation, { classes });
    this.validation = new ScanStore(validation, settings.preparation, { classes });
    this.random = seededRandom(seed);
    const specs = unetrSpecs(this.network);
    const decaying = new Set(specs.filter(decays).map((s) => s.name));
    const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = settings;
    this.optimiser = new Optimiser(
      createParameters(specs, this.random.fork('weights')),
      { beta1, beta2, epsilon, weightDecay, clip },
      (name) => ({
        rate:
          settings.freezeEncoder && name.startsWith('vit.') ? 0 : pretrained ? layerDecay(name, settings.depth, settings.layerDecay) : 1,
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
      parameters.set(name, keep(tensorFromOwned(startPositions(this.network, initial?.pretraining), own.shape)));
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
      const logits = unetr(batch.patches, batch.image, parameters, this.network);
      return { loss: diceCe(logits, batch.labels, { ...diceCeDefaults, includeBackground: s.includeBackground }), observed: {} };
    });
    const loss = (await values(result.loss))[0] ?? Number.NaN;
    dispose(result.loss, batch.patches, batch.image, batch.labels);
    const gradientNorm = await this.optimiser.step(result.gradients, learningRate);
    const ms = performance.now() - began;
    return { loss, gradientNorm, learningRate, milliseconds: ms, waiting: (ready - began) / ms };
  }

  private async crops(step: number): Promise<{ patches: Tensor; image: Tensor; labels: Tensor }> {
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
      network: 'unetr',
      settings: this.network,
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

/** Crops as the network takes them: patches (B, N, P³), image (B, s0, s1, s2, C), labels (B, V). */
export function cropTensors(crops: readonly Crop[], s: UnetrSettings): { patches: Tensor; image: Tensor; labels: Tensor } {
  const volume = s.size[0] * s.size[1] * s.size[2];
  const length = volume * s.channels;
  const patches = new Float32Array(crops.length * length);
  const image = new Float32Array(crops.length * length);
  const labels = new Int32Array(crops.length * volume);
  crops.forEach((crop, i) => {
    patches.set(patchesOf(crop.image, s.size, s.patch, s.channels), i * length);
    image.set(channelsLast(crop.image, s.channels), i * length);
    labels.set(crop.labels, i * volume);
  });
  const patchLength = s.patch[0] * s.patch[1] * s.patch[2] * s.channels;
  return {
    patches: tensorFromOwned(patches, [crops.length, length / patchLength, patchLength]),
    image: tensorFromOwned(image, [crops.length, ...s.size, s.channels]),
    labels: integers(labels, [crops.length, volume]),
  };
}
