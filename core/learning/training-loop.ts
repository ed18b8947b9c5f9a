import { TesseraError } from '../base/errors.ts';
import { cancelled, isCancelled, type Task } from '../base/task.ts';
import { writeCheckpoint, type CheckpointState } from './checkpoint.ts';
import { healthLine, HealthMonitor, type HealthContext } from './health.ts';
import type { Metrics, RunFolder } from './run-folder.ts';
import { SkippedSteps } from './skipped-steps.ts';

export interface LoopOptions {
  readonly run: RunFolder;
  readonly task: Task;
  readonly stage: string;
  /** First step to do, 0-based, and the number of steps in all. */
  readonly from: number;
  readonly total: number;
  readonly stepsPerEpoch: number;
  readonly checkpointSeconds: number;
  /** One step; returns what to record, `loss` among it. */
  readonly step: (step: number) => Promise<Metrics & { readonly loss: number }>;
  /** What the health of the run is judged by; the warm-up alone unless given. */
  readonly health?: HealthContext;
  /** What a checkpoint holds after `done` steps. */
  readonly state: (done: number) => CheckpointState;
  /** Called after the last step of each epoch, before a checkpoint of that step: what it finds out belongs to the state. */
  readonly epochEnd?: (epoch: number, done: number) => Promise<void>;
}

/** Metrics are on disk so soon that whoever looks at the run sees it live. */
const FLUSH_MS = 1000;
/** A checkpoint at the end of an epoch is left out when the last one is younger: epochs of a small set take a second. */
const EPOCH_CHECKPOINT_SECONDS = 20;

/**
 * The loop that pre-training and fine-tuning share (method 6.1): steps, metrics, checkpoints by the clock and by the epoch, cancelling, and a stop at
 * the first loss that is not a number, or the tenth gradient in a row; fewer of those are logged and counted.
 */
export async function trainingLoop(options: LoopOptions): Promise<void> {
  const { run, task, from, total } = options;
  const started = Date.now();
  let saved = { step: from, at: Date.now() };
  let pending: Metrics[] = [];
  let flushed = Date.now();
  const before = from > 0 ? await run.metrics() : [];
  const skipped = new SkippedSteps(before);
  const health = new HealthMonitor(options.health ?? { warmupSteps: 0 });
  for (const line of before) health.observe(line);
  const flush = async (): Promise<void> => {
    await run.appendMetrics(pending);
    pending = [];
    flushed = Date.now();
  };
  const breathe = async (): Promise<void> => {
    // Lets timers, signals and messages in: a step may hold the thread for long.
    await new Promise((resolve) => setImmediate(resolve));
    await task.breathe?.();
  };
  const save = async (done: number): Promise<void> => {
    // Writing takes as long as a step: whoever has waited for that goes first.
    await breathe();
    await flush();
    await writeCheckpoint(run.checkpointPath(`step-${String(done)}`), options.state(done));
    await run.pruneCheckpoints();
    saved = { step: done, at: Date.now() };
  };
  for (let step = from; step < total; step++) {
    const metrics = await options.step(step);
    const done = step + 1;
    if (!Number.isFinite(metrics.loss)) {
      await run.appendMetrics([...pending, { step: done, ...metrics, loss: String(metrics.loss) }]);
      throw await notFinite(run, `the loss became ${String(metrics.loss)} at step ${String(done)}.`);
    }
    const { line, isSkipped, isTooMany } = skipped.record({ step: done, seconds: (Date.now() - started) / 1000, ...metrics });
    pending.push(line);
    for (const finding of health.observe(line)) {
      pending.push(healthLine(done, finding));
      await run.log(`health: step ${String(done)}: ${finding.message} ${finding.advice}`);
    }
    if (isSkipped) await run.log(`warning: the gradient was not finite at step ${String(done)}, which moved no weight`);
    if (isTooMany) {
      await flush();
      throw await notFinite(run, `none of the last ten gradients was finite, up to step ${String(done)}.`);
    }
    task.progress({ stage: options.stage, done, total, numbers: { loss: metrics.loss } });
    const epochEnds = done % options.stepsPerEpoch === 0;
    if (epochEnds && options.epochEnd !== undefined) {
      await flush();
      try {
        await options.epochEnd(done / options.stepsPerEpoch, done);
      } catch (error) {
        if (isCancelled(error)) await save(done);
        throw error;
      }
    }
    if (Date.now() - flushed > FLUSH_MS) await flush();
    const age = (Date.now() - saved.at) / 1000;
    if (age > options.checkpointSeconds || (epochEnds && age > EPOCH_CHECKPOINT_SECONDS)) await save(done);
    await breathe();
    if (task.signal.aborted) {
      if (saved.step !== done) await save(done);
      throw cancelled();
    }
  }
  if (saved.step !== total || pending.length > 0) await save(total);
}

async function notFinite(run: RunFolder, message: string): Promise<TesseraError> {
  const last = (await run.checkpoints()).at(-1);
  return new TesseraError('not-finite', message, {
    subject: run.path,
    advice: `The last good checkpoint is ${last === undefined ? 'none' : run.checkpointPath(`step-${String(last)}`)}. Lower the learning rate (--set learningRate=…) and start again.`,
  });
}
