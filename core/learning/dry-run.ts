import { totalmem } from 'node:os';
import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import { voxelCount, type Triple } from '../imaging/index.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import { lapsTogether } from './lap.ts';
import { stepBytes, stepsAhead } from './prefetch.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import { DEFAULT_MAX_BYTES } from './scan-store.ts';
import { peakBytes, stepFlops, stepMemory, type StepMemory } from './step-cost.ts';
import { timeStep } from './step-trial.ts';

/** Bytes of main memory at the peak, part by part. */
export interface MemoryPrediction {
  /** The program and its tensor library. */
  readonly program: number;
  /**
   * Weights, moments, teacher, gradients, views and what is kept for the backward pass, and the allocator's slack; and the copy that is written as
   * a checkpoint, which finds no room in what the allocator keeps of the rest.
   */
  readonly tensors: number;
  /** Views that are cut ahead, and the threads that cut them. */
  readonly views: number;
  /** Prepared scans in memory, and one being prepared. */
  readonly scans: number;
  readonly total: number;
}

/** What a run is predicted to take. */
export interface RunPrediction {
  readonly memory: MemoryPrediction;
  /** What this machine has, or what this process may use of it. */
  readonly machineBytes: number;
  readonly fits: boolean;
  readonly millisecondsPerStep: number;
  /** Of all processors together: it does not grow when other programs work, too. */
  readonly processorMillisecondsPerStep: number;
  readonly steps: number;
  readonly hours: number;
  /** Bytes of a checkpoint, about. */
  readonly checkpointBytes: number;
}

export interface DryRun extends RunPrediction {
  readonly flops: number;
  /** The network that was really tried: a step of this many operations took this long. */
  readonly trial: { readonly flops: number; readonly milliseconds: number; readonly isWhole: boolean };
}

/**
 * What resident memory grows beyond the tensors that are predicted: measured with TensorFlow on a processor over five settings from 0.5
 * to 2.4 GB of tensors (docs/method.md, Cost of a step). Temporaries of the backward pass and what the allocator does not give back.
 */
export const SLACK_BYTES = 110e6;
export const SLACK_FACTOR = 1.12;
/** Bytes for each voxel while a scan is read, mapped and cropped: measured with CT of 512 x 512 x 100. */
export const PREPARATION_BYTES = 16;
/** A thread that cuts views, with the one that reads scans for it: measured with small scans. */
export const THREAD_BYTES = 110e6;
/** A step of fewer operations is tried as it is; of more, with a third of its blocks and one scan. */
const SMALL_STEP_FLOPS = 0.15e12;
/** Share of the machine's memory that a trial may take. */
export const TRIAL_SHARE = 0.4;

/**
 * Memory at the peak of a run, from its settings alone.
 * @param scans grids of the scans as their headers tell them, before resampling and cropping
 */
export function predictMemory(settings: PretrainSettings, scans: readonly Triple[]): MemoryPrediction {
  const bytes = stepBytes(viewKinds(settings), settings);
  const step = memoryOf(settings);
  const voxels = scans.map((dims) => voxelCount(dims) * settings.encoder.channels);
  const parts = {
    program: programBytes(),
    tensors: Math.round(SLACK_BYTES + SLACK_FACTOR * peakBytes(step) + step.weights),
    // Those that wait, those that are copied together for the step, those that are cut.
    views: settings.prefetch === 0 ? 2 * bytes : bytes * (2 + stepsAhead(settings.prefetch, bytes)) + THREAD_BYTES * settings.viewWorkers,
    scans: Math.min(DEFAULT_MAX_BYTES, 4 * voxels.reduce((sum, n) => sum + n, 0)) + PREPARATION_BYTES * Math.max(0, ...voxels),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/**
 * @throws TesseraError `out-of-memory` when the memory of this machine is not enough for the run. Said of processors only: the memory of
 * another device is not known.
 */
export function requireMemory(settings: PretrainSettings, scans: readonly Triple[], backend: Backend): void {
  if (backend.device !== 'cpu') return;
  const { total } = predictMemory(settings, scans);
  const machine = machineBytes();
  if (total > machine)
    throw new TesseraError('out-of-memory', `would take about ${gigabytes(total)} of memory; this machine has ${gigabytes(machine)}.`, {
      subject: 'the run',
      advice:
        'Take fewer scans or views in a step, smaller views or a smaller network; tessera pretrain --dry-run says what each part takes. --force tries it all the same.',
    });
}

/** What a run learns from. */
export interface DryRunData {
  readonly cases: number;
  /** Grids of the scans as their headers tell them. */
  readonly grids: readonly Triple[];
}

/**
 * Predicts memory and time of a run without starting it. The time comes from real steps on noise: of the network itself where a step is
 * small, else of one with a third of its blocks, scaled by the operations of both. Reading scans and
 * cutting views is left out: other threads do it meanwhile.
 */
export async function dryRun(settings: PretrainSettings, data: DryRunData, backend: Backend, task: Task): Promise<DryRun> {
  const memory = predictMemory(settings, data.grids);
  const machine = machineBytes();
  const trial = trialSettings(settings, machine);
  const times = await timeStep(trial, task);
  const [flops, tried] = [stepFlops(settings), stepFlops(trial)];
  const weights = memoryOf(settings).gradients / memoryOf(trial).gradients;
  const step = lapsTogether({ lap: times.loss, times: flops / tried }, { lap: times.update, times: weights });
  const steps = Math.ceil(data.cases / settings.batch) * settings.epochs;
  return {
    memory,
    machineBytes: machine,
    fits: backend.device !== 'cpu' || memory.total <= machine,
    flops,
    millisecondsPerStep: step.clock,
    processorMillisecondsPerStep: step.processor,
    steps,
    hours: (steps * step.clock) / 3_600_000,
    checkpointBytes: checkpointBytes(settings),
    trial: { flops: tried, milliseconds: times.loss.clock + times.update.clock, isWhole: trial === settings },
  };
}

/** Weights, both moments of AdamW and the teacher on disk. */
export function checkpointBytes(settings: PretrainSettings): number {
  return memoryOf(settings).weights;
}

/** A run that is like the given one and surely small enough to take a step of. */
export function trialSettings(settings: PretrainSettings, machine: number): PretrainSettings {
  const fits = (s: PretrainSettings): boolean => SLACK_BYTES + SLACK_FACTOR * peakBytes(memoryOf(s)) < TRIAL_SHARE * machine;
  if (stepFlops(settings) < SMALL_STEP_FLOPS && fits(settings)) return settings;
  const { encoder, decoder } = settings;
  const third = (depth: number): number => Math.min(depth, Math.max(2, Math.round(depth / 3)));
  const shorter: PretrainSettings = {
    ...settings,
    batch: 1,
    encoder: { ...encoder, depth: third(encoder.depth) },
    decoder: { ...decoder, depth: third(decoder.depth) },
  };
  if (fits(shorter)) return shorter;
  const fewer = (count: number): number => Math.min(1, count);
  return { ...shorter, globals: fewer(settings.globals), locals: fewer(settings.locals), crops: 1 };
}

let leastResident = Infinity;

/**
 * Resident memory of the program and its tensor library without what is computed: the least that was ever seen, as a trial leaves memory behind
 * that the run takes again. To be asked before a trial.
 */
export function programBytes(): number {
  leastResident = Math.min(leastResident, process.memoryUsage.rss());
  return leastResident;
}

/** Main memory of the machine, or the limit that the operating system has set for this process. */
export function machineBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Bytes in words. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(2)} GB`;
}

function memoryOf(settings: PretrainSettings): StepMemory {
  const method = pretrainingMethod(settings);
  try {
    return stepMemory(settings, method.specs);
  } finally {
    method.dispose();
  }
}

function viewKinds(settings: PretrainSettings): ReturnType<typeof pretrainingMethod>['kinds'] {
  const method = pretrainingMethod(settings);
  method.dispose();
  return method.kinds;
}
