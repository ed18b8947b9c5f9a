import { throwIfCancelled, type Progress, type Task } from '../../base/task.ts';
import type { FromEngine } from './messages.ts';

/** Milliseconds between two tellings of progress. */
const PROGRESS_EVERY = 100;

/** One request that the engine works on: its task, and the place where it waits while others go first. */
export class RunningRequest {
  readonly task: Task;
  readonly #request: number;
  readonly #send: (message: FromEngine) => void;
  readonly #abort = new AbortController();
  #held = false;
  #go: (() => void) | undefined;
  #told = 0;

  constructor(request: number, send: (message: FromEngine) => void) {
    this.#request = request;
    this.#send = send;
    this.task = { signal: this.#abort.signal, progress: (update) => this.#progress(update) };
  }

  /** See `EngineContext.breathe`. */
  readonly breathe = async (): Promise<void> => {
    // Messages of the host are read between two turns of the event loop, which a promise alone does not wait for.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#held && !this.#abort.signal.aborted) {
      const going = new Promise<void>((resolve) => (this.#go = resolve));
      this.#send({ type: 'held', request: this.#request });
      await going;
    }
    throwIfCancelled(this.task);
  };

  hold(): void {
    this.#held = true;
  }

  go(): void {
    this.#held = false;
    this.#go?.();
  }

  cancel(): void {
    this.#abort.abort();
    this.#go?.();
  }

  #progress({ stage, done, total }: Progress): void {
    const now = performance.now();
    if (now - this.#told < PROGRESS_EVERY && done < total) return;
    this.#told = now;
    this.#send({ type: 'progress', request: this.#request, stage, done, total });
  }
}
