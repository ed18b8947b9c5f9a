import { seededRandom } from '../base/random.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { differentiate, dispose, integers, memory, peakOf, sizeOf, untracked, values, type Backend } from '../compute/index.ts';
import { voxelCount, type Triple } from '../imaging/index.ts';
import { windowStarts } from '../inference/sliding-window.ts';
import { disposeInput } from '../model/network-input.ts';
import { createParameters, disposeParameters } from '../model/parameters.ts';
import { SEGRESNET_STEP } from '../model/segresnet.ts';
import { machineBytes, PREPARATION_BYTES, SLACK_BYTES, SLACK_FACTOR, type MemoryPrediction, type RunPrediction } from './dry-run.ts';
import type { FinetuneSettings } from './finetune-settings.ts';
import { finetunedNetwork } from './finetuned-network.ts';
import { Optimiser } from './optimiser.ts';
import { DEFAULT_MAX_BYTES } from './scan-store.ts';
import { targetLoss, type Targets } from './targets.ts';

/** What a fine-tuning run learns from. */
export interface FinetuneDryRunData {
  readonly training: number;
  readonly validation: number;
  /** Grids of all of them, as they are when they are prepared. */
  readonly grids: readonly Triple[];
  /** Classes with the background. */
  readonly classes: number;
  /** Whether it begins with given weights. */
  readonly pretrained: boolean;
}

/** Voxels of a crop that is tried: a step of this size takes a second or so on a processor. */
const MOST_TRIAL_VOXELS = 64 ** 3;
const MOST_RUNS = 3;
const ENOUGH_MS = 6000;
const FLOAT = 4;

/** What one crop of the trial took. */
interface Trial {
  /** Voxels of the crop that was tried. */
  readonly voxels: number;
  /** Bytes beyond the weights, for the forward and backward pass. */
  readonly activations: number;
  readonly weightBytes: number;
  readonly trainedBytes: number;
  /** Milliseconds of loss and gradients, of the update of all weights, and of a forward pass alone. */
  readonly loss: number;
  readonly update: number;
  readonly forward: number;
}

/**
 * Predicts memory and time of a fine-tuning run without starting it: one crop, made smaller where it is large, is really learned from; both
 * grow with the number of voxels.
 * @throws TesseraError `bad-setting` for sizes that do not go together
 */
export async function finetuneDryRun(
  settings: FinetuneSettings,
  data: FinetuneDryRunData,
  backend: Backend,
  task: Task,
): Promise<RunPrediction> {
  const { network } = finetunedNetwork(settings, data.classes, data.pretrained);
  const trial = await tryCrop(settings, data, task);
  const crops = settings.batch * settings.crops;
  const growth = voxelCount(network.size) / trial.voxels;
  const tensors = trial.weightBytes + 3 * trial.trainedBytes + trial.activations * growth * crops;
  const prediction = memoryOf(settings, tensors, crops, data);
  const machine = machineBytes();
  const millisecondsPerStep = trial.loss * growth * crops + trial.update;
  const steps = Math.ceil(data.training / settings.batch) * settings.epochs;
  const validations = data.validation === 0 ? 0 : Math.floor((settings.epochs - 1) / settings.validateEvery) + 1;
  const windows = (validations * data.validation * windowsOf(settings, data.grids)) / Math.max(1, data.grids.length);
  const milliseconds = steps * millisecondsPerStep + windows * trial.forward * growth;
  return {
    memory: prediction,
    machineBytes: machine,
    fits: backend.device !== 'cpu' || prediction.total <= machine,
    millisecondsPerStep,
    steps,
    hours: milliseconds / 3_600_000,
    checkpointBytes: trial.weightBytes + 2 * trial.trainedBytes,
  };
}

function memoryOf(settings: FinetuneSettings, tensors: number, crops: number, { grids }: FinetuneDryRunData): MemoryPrediction {
  const voxels = grids.map((dims) => voxelCount(dims) * settings.channels);
  const parts = {
    program: process.memoryUsage().rss,
    tensors: Math.round(SLACK_BYTES + SLACK_FACTOR * tensors),
    // Images, their patches and labels.
    views: crops * FLOAT * (2 * settings.channels + 1) * voxelCount(settings.size),
    // Voxels and labels of each.
    scans: Math.min(DEFAULT_MAX_BYTES, (FLOAT + 1) * voxels.reduce((sum, n) => sum + n, 0)) + PREPARATION_BYTES * Math.max(0, ...voxels),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** Windows over all scans together. */
function windowsOf({ size, window }: FinetuneSettings, grids: readonly Triple[]): number {
  const along = (n: number, axis: 0 | 1 | 2): number => windowStarts(Math.max(n, size[axis]), size[axis], window.overlap).length;
  return grids.reduce((sum, [x, y, z]) => sum + along(x, 0) * along(y, 1) * along(z, 2) * (window.mirror ? 8 : 1), 0);
}

/** The same network on one crop of a size that is quickly tried. */
export function finetuneTrialSettings(settings: FinetuneSettings): FinetuneSettings {
  const step = settings.network === 'unetr' ? settings.patch : ([SEGRESNET_STEP, SEGRESNET_STEP, SEGRESNET_STEP] as const);
  let size = settings.size;
  while (voxelCount(size) > MOST_TRIAL_VOXELS) {
    const longest = size.indexOf(Math.max(...size));
    const smaller = size.map((n, axis) => (axis === longest ? halved(n, step[axis] ?? 1) : n)) as typeof size;
    if (smaller[longest] === size[longest]) break;
    size = smaller;
  }
  return { ...settings, size, batch: 1, crops: 1 };
}

function halved(n: number, step: number): number {
  return Math.max(step, Math.floor(n / 2 / step) * step);
}

async function tryCrop(settings: FinetuneSettings, data: FinetuneDryRunData, task: Task): Promise<Trial> {
  const s = finetuneTrialSettings(settings);
  const trained = finetunedNetwork(s, data.classes, data.pretrained);
  const { network } = trained;
  const random = seededRandom(0);
  const voxels = voxelCount(network.size);
  const parameters = createParameters(network.specs, random);
  const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = s;
  const optimiser = new Optimiser(parameters, { beta1, beta2, epsilon, weightDecay, clip }, (name) => ({
    rate: trained.rateOf(name),
    decays: true,
  }));
  const input = network.inputs([Float32Array.from({ length: voxels * network.channels }, () => random.next())]);
  const labels = integers(
    Int32Array.from({ length: voxels }, (_, v) => v % data.classes),
    [1, voxels],
  );
  const targets: Targets = { classes: Array.from({ length: data.classes }, (_, value) => ({ value, name: String(value) })) };
  const best = { loss: Infinity, update: Infinity, forward: Infinity };
  const weightBytes = [...parameters.values()].reduce((sum, { shape }) => sum + FLOAT * sizeOf(shape), 0);
  const trainedBytes = [...optimiser.trainable().values()].reduce((sum, { shape }) => sum + FLOAT * sizeOf(shape), 0);
  let peak = 0;
  try {
    const began = performance.now();
    for (let run = 0; run <= MOST_RUNS && (run < 2 || performance.now() - began < ENOUGH_MS); run++) {
      throwIfCancelled(task);
      await task.breathe?.();
      const before = memory().bytes;
      const start = performance.now();
      const { value: result, bytes } = await peakOf(async () => {
        const made = differentiate(optimiser.trainable(), () => ({
          loss: targetLoss(network.logits(input, parameters), labels, targets, s),
          observed: {},
        }));
        await values(made.loss);
        return made;
      });
      const middle = performance.now();
      dispose(result.loss);
      await optimiser.step(result.gradients, 1e-6);
      const end = performance.now();
      const logits = untracked(() => network.logits(input, parameters));
      await values(logits);
      dispose(logits);
      const after = performance.now();
      peak = Math.max(peak, bytes - before);
      // The first run warms up.
      if (run > 0) {
        best.loss = Math.min(best.loss, middle - start);
        best.update = Math.min(best.update, end - middle);
        best.forward = Math.min(best.forward, after - end);
      }
      task.progress({ stage: 'try a step', done: run + 1, total: MOST_RUNS + 1 });
    }
    return { voxels, weightBytes, trainedBytes, activations: Math.max(0, peak - trainedBytes), ...best };
  } finally {
    disposeInput(input);
    dispose(labels);
    disposeParameters(optimiser.parameters);
    optimiser.dispose();
  }
}
