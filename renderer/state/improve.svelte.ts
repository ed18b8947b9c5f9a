import type { Improvement, ModelHistory, NextHost } from '../api/next.ts';
import type { Job } from '../api/types.ts';
import type { Jobs } from './jobs.svelte.ts';

/** Minutes that a training in the background may take. */
export const TRAINING_MINUTES = [15, 60, 240, 720] as const;

/** Training on corrections, what came of it, and which model is in use. */
export class Improve {
  history = $state.raw<ModelHistory | null>(null);
  minutes = $state<number>(60);
  readonly #host: NextHost;
  readonly #jobs: Jobs;

  constructor(host: NextHost, jobs: Jobs) {
    this.#host = host;
    this.#jobs = jobs;
  }

  /** The training that goes on, if one does. */
  get job(): Job | undefined {
    return this.#jobs.active.find(({ kind }) => kind === 'improve');
  }

  get inUse(): string | null {
    return this.history?.inUse ?? null;
  }

  /** See `waitingOf`. */
  get newest(): Improvement | undefined {
    return this.history === null ? undefined : waitingOf(this.history);
  }

  async refresh(): Promise<void> {
    this.history = await this.#host.history();
  }

  async start(): Promise<void> {
    if (this.job === undefined) await this.#jobs.start({ kind: 'improve', minutes: this.minutes });
  }

  /** Takes a model into use: a better one, or an earlier one again. */
  async take(model: string): Promise<void> {
    this.history = await this.#host.take(model);
  }
}

/** Whether a new model is put forward; any other can be taken from the list. */
export function isOffered({ verdict }: Improvement): boolean {
  return verdict === 'better' || verdict === 'first';
}

/** What the latest training came to, as long as nobody has taken a model since. */
export function waitingOf({ improvements: [newest], choices }: ModelHistory): Improvement | undefined {
  const last = choices.at(-1);
  return newest !== undefined && (last === undefined || last.time < newest.made) ? newest : undefined;
}
