import { isCancelled, type Progress, type Task } from '../../../base/task.ts';
import type { EngineContext } from '../context.ts';

/** Milliseconds between two tellings that a run has come further. */
const TELL_EVERY = 1000;

/**
 * The task of a training run: its steps are the progress of the job, validations and probes between them only change what is said to be done;
 * it lets more urgent requests go first between two steps.
 */
export function trainingTask({ task, breathe, emit }: EngineContext, run: string): Task {
  let steps: Pick<Progress, 'done' | 'total'> = { done: 0, total: 0 };
  let told = 0;
  const progress = ({ stage, done, total }: Progress): void => {
    const isStep = stages.has(stage);
    if (isStep) steps = { done, total };
    task.progress({ stage: isStep ? stage : (stage.split(' ')[0] ?? stage), ...steps });
    if (!isStep || (performance.now() - told < TELL_EVERY && done < total)) return;
    told = performance.now();
    emit({ kind: 'metrics', run, step: done });
  };
  const pause = async (): Promise<void> => {
    try {
      await breathe();
    } catch (error) {
      // The loop looks at the signal itself, and keeps a checkpoint first.
      if (!isCancelled(error)) throw error;
    }
  };
  return { signal: task.signal, progress, breathe: pause };
}

const stages: ReadonlySet<string> = new Set(['pre-train', 'fine-tune']);
