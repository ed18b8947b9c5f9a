import { seededRandom } from '../base/random.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { differentiate, dispose, integers, memory, peakOf, sizeOf, untracked, values, type Backend } from '../compute/index.ts';
import { voxelCount, type Triple } from '../imaging/index.ts';
import { windowStarts } from '../inference/sliding-window.ts';
import { disposeInput } from '../model/network-input.ts';
import { createParameters, disposeParameters } from '../model/parameters.ts';
import { SEGRESNET_STEP } from '../model/segresnet.ts';
import {
  machineBytes,
  PREPARATION_BYTES,
  programBytes,
  SLACK_BYTES,
  TRIAL_SHARE,
  type MemoryPrediction,
  type RunPrediction,
} from './dry-run.ts';
import type { FinetuneSettings } from './finetune-settings.ts';
import { finetunedNetwork } from './finetuned-network.ts';
import { endless, lapsTogether, shorter, startLap, type Lap } from './lap.ts';
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

/** How much is tried of a step. */
interface TrialSize {
  /** Voxels of the crop at most. */
  readonly voxels: number;
  /** Steps after the first, which warms up; fewer where they take long. */
  readonly runs: number;
}

/** A step of this size takes a second or so on a processor. */
const TIMED: TrialSize = { voxels: 64 ** 3, runs: 3 };
/** Tells the memory in a moment. */
const WEIGHED: TrialSize = { voxels: 32 ** 3, runs: 0 };
const ENOUGH_MS = 6000;
/**
 * What resident memory grows by each byte of tensors that is counted in the trial: a handle on the same memory is counted as if it were memory of
 * its own. Measured with UNETR of 64³ and 96³ voxels and 3 to 42 classes: 0.75 to 0.80.
 */
const COUNTED_FACTOR = 0.8;
const FLOAT = 4;

/** The memory that one crop of the trial took. */
interface TrialMemory {
  /** Voxels of the crop that was tried. */
  readonly voxels: number;
  /** Bytes beyond the weights, for the forward and backward pass. */
  readonly activations: number;
  readonly weightBytes: number;
  readonly trainedBytes: number;
}

interface Trial extends TrialMemory {
  /** Of loss and gradients, of the update of all weights, and of a forward pass alone. */
  readonly loss: Lap;
  readonly update: Lap;
  readonly forward: Lap;
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
  const trial = await tryCrop(settings, data, TIMED, task);
  const crops = settings.batch * settings.crops;
  const growth = voxelCount(settings.size) / trial.voxels;
  const prediction = memoryOf(settings, trial, data);
  const machine = machineBytes();
  const step = lapsTogether({ lap: trial.loss, times: growth * crops }, { lap: trial.update, times: 1 });
  const steps = Math.ceil(data.training / settings.batch) * settings.epochs;
  const validations = data.validation === 0 ? 0 : Math.floor((settings.epochs - 1) / settings.validateEvery) + 1;
  const windows = (validations * data.validation * windowsOf(settings, data.grids)) / Math.max(1, data.grids.length);
  const milliseconds = steps * step.clock + windows * trial.forward.clock * growth;
  return {
    memory: prediction,
    machineBytes: machine,
    fits: backend.device !== 'cpu' || prediction.total <= machine,
    millisecondsPerStep: step.clock,
    processorMillisecondsPerStep: step.processor,
    steps,
    hours: milliseconds / 3_600_000,
    checkpointBytes: trial.weightBytes + 2 * trial.trainedBytes,
  };
}

/** The memory of the same, from a step of a small crop: not good enough to tell the time. @throws TesseraError as `finetuneDryRun` */
export async function predictFinetuneMemory(settings: FinetuneSettings, data: FinetuneDryRunData, task: Task): Promise<MemoryPrediction> {
  const { specs } = finetunedNetwork(settings, data.classes, data.pretrained).network;
  const weightBytes = specs.reduce((sum, { shape }) => sum + FLOAT * sizeOf(shape), 0);
  // Weights, gradients and both moments: of a network that hardly fits no step is tried.
  if (4 * weightBytes > TRIAL_SHARE * machineBytes())
    return memoryOf(settings, { voxels: 1, activations: 0, weightBytes, trainedBytes: weightBytes }, data);
  return memoryOf(settings, await tryCrop(settings, data, WEIGHED, task), data);
}

function memoryOf(settings: FinetuneSettings, trial: TrialMemory, { grids }: FinetuneDryRunData): MemoryPrediction {
  const crops = settings.batch * settings.crops;
  const growth = voxelCount(settings.size) / trial.voxels;
  const tensors = trial.weightBytes + 3 * trial.trainedBytes + trial.activations * growth * crops;
  // As the checkpoint of pre-training.
  const checkpoint = trial.weightBytes + 2 * trial.trainedBytes;
  const voxels = grids.map((dims) => voxelCount(dims) * settings.channels);
  const parts = {
    program: programBytes(),
    tensors: Math.round(SLACK_BYTES + COUNTED_FACTOR * tensors + checkpoint),
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
export function finetuneTrialSettings(settings: FinetuneSettings, most = TIMED.voxels): FinetuneSettings {
  const step = settings.network === 'unetr' ? settings.patch : ([SEGRESNET_STEP, SEGRESNET_STEP, SEGRESNET_STEP] as const);
  let size = settings.size;
  while (voxelCount(size) > most) {
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

async function tryCrop(
  settings: FinetuneSettings,
  data: FinetuneDryRunData,
  { voxels: most, runs }: TrialSize,
  task: Task,
): Promise<Trial> {
  const s = finetuneTrialSettings(settings, most);
  const trained = finetunedNetwork(s, data.classes, data.pretrained);
  const { network } = trained;
  // Before memory is taken.
  programBytes();
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
  const best = { loss: endless, update: endless, forward: endless };
  const weightBytes = [...parameters.values()].reduce((sum, { shape }) => sum + FLOAT * sizeOf(shape), 0);
  const trainedBytes = [...optimiser.trainable().values()].reduce((sum, { shape }) => sum + FLOAT * sizeOf(shape), 0);
  let peak = 0;
  try {
    const began = performance.now();
    for (let run = 0; run <= runs && (run < 2 || performance.now() - began < ENOUGH_MS); run++) {
      throwIfCancelled(task);
      await task.breathe?.();
      const before = memory().bytes;
      const lossLap = startLap();
      const { value: result, bytes } = await peakOf(async () => {
        const made = differentiate(optimiser.trainable(), () => ({
          loss: targetLoss(network.logits(input, parameters), labels, targets, s),
          observed: {},
        }));
        await values(made.loss);
        return made;
      });
      const loss = lossLap();
      const updateLap = startLap();
      dispose(result.loss);
      await optimiser.step(result.gradients, 1e-6);
      const update = updateLap();
      const forwardLap = startLap();
      const logits = untracked(() => network.logits(input, parameters));
      await values(logits);
      dispose(logits);
      const forward = forwardLap();
      peak = Math.max(peak, bytes - before);
      // The first run warms up.
      if (run > 0) {
        best.loss = shorter(best.loss, loss);
        best.update = shorter(best.update, update);
        best.forward = shorter(best.forward, forward);
      }
      task.progress({ stage: 'try a step', done: run + 1, total: runs + 1 });
    }
    return { voxels, weightBytes, trainedBytes, activations: Math.max(0, peak - trainedBytes), ...best };
  } finally {
    disposeInput(input);
    dispose(labels);
    disposeParameters(optimiser.parameters);
    optimiser.dispose();
  }
}
