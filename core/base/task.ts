import { isTesseraError, TesseraError } from './errors.ts';

/** What long work reports and listens to. Every long function takes one; tests and the command line pass their own. */
export interface Task {
  /** Aborted when the user cancels; the work keeps what is finished and throws {@link cancelled}. */
  readonly signal: AbortSignal;
  /** Called often; must be cheap. */
  progress(update: Progress): void;
  /** Awaited by long work between its steps, where it holds little: lets more urgent work go first. It never rejects. */
  readonly breathe?: () => Promise<void>;
}

export interface Progress {
  /** What is being done, in the user's words: "pre-train", "segment case_12". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** Numbers worth showing beside the bar, such as the loss. */
  readonly numbers?: Readonly<Record<string, number>>;
}

export const silentTask: Task = { signal: new AbortController().signal, progress: () => undefined };

export function throwIfCancelled(task: Task): void {
  if (task.signal.aborted) throw cancelled();
}

export function cancelled(): TesseraError {
  return new TesseraError('cancelled', 'Cancelled; what was finished is kept.');
}

export function isCancelled(error: unknown): boolean {
  return isTesseraError(error) && error.code === 'cancelled';
}
