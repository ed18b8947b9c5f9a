import type { Job, LayerSummary, NewJob } from '../api/types.ts';
import { hasEnded } from './jobs.svelte.ts';

/** A scan as two models segment it: the layers that they drew. */
export interface SideBySideView {
  readonly scan: string;
  readonly layers: readonly [string, string];
}

/** What it needs of the page. */
export interface SideBySideWays {
  layers(scan: string): Promise<readonly LayerSummary[]>;
  start(job: NewJob): Promise<Job>;
  /** When a model was made, in ISO 8601: what it drew before was drawn by another one. */
  madeAt(model: string): string | undefined;
  /** Both are there. */
  ready(view: SideBySideView): void;
}

type Pair = readonly [string, string];

/** One scan by two models: what they have drawn already is taken, the rest is asked for, and then both are shown. */
export class SideBySide {
  /** What is waited for. */
  waiting = $state.raw<{ readonly scan: string; readonly models: Pair } | null>(null);
  readonly #ways: SideBySideWays;
  /** Jobs that draw what is waited for. */
  #jobs: readonly string[] = [];
  /** They are not all asked for yet. */
  #asking = false;

  constructor(ways: SideBySideWays) {
    this.#ways = ways;
  }

  /** Another call gives up waiting for what was asked for before; its jobs go on. @throws ApiError */
  async open(scan: string, models: Pair): Promise<void> {
    const asked = { scan, models };
    this.waiting = asked;
    this.#jobs = [];
    this.#asking = true;
    try {
      const drawn = await this.#drawn(scan, models);
      if (this.waiting !== asked || this.#showIfDrawn(scan, drawn)) return;
      for (const model of models.filter((id, at) => drawn[at] === undefined && models.indexOf(id) === at)) {
        const job = await this.#ways.start({ kind: 'segment', model, scans: [scan] });
        if (this.waiting !== asked) return;
        if (!hasEnded(job)) this.#jobs = [...this.#jobs, job.id];
      }
      this.#asking = false;
      await this.#look(asked);
    } catch (error) {
      if (this.waiting === asked) this.waiting = null;
      throw error;
    }
  }

  /** A job has ended. @returns whether it was one of ours that went well, so that nothing else needs to be told of it */
  async ended(job: Job): Promise<boolean> {
    const { waiting } = this;
    if (waiting === null || !this.#jobs.includes(job.id)) return false;
    this.#jobs = this.#jobs.filter((id) => id !== job.id);
    if (job.state === 'done') await this.#look(waiting);
    else this.waiting = null;
    return job.state === 'done';
  }

  /** Ends of jobs may have been missed. @param jobs all that the host knows @throws ApiError */
  async catchUp(jobs: readonly Job[]): Promise<void> {
    const { waiting } = this;
    if (waiting === null) return;
    this.#jobs = this.#jobs.filter((id) => jobs.some((job) => job.id === id && !hasEnded(job)));
    await this.#look(waiting);
  }

  /** What was asked for is not waited for any more; its jobs go on. */
  stop(): void {
    this.waiting = null;
  }

  /** Shows both when nothing is awaited any more. */
  async #look(asked: NonNullable<SideBySide['waiting']>): Promise<void> {
    if (this.#asking || this.#jobs.length > 0) return;
    try {
      const drawn = await this.#drawn(asked.scan, asked.models);
      if (this.waiting === asked) this.#showIfDrawn(asked.scan, drawn);
    } finally {
      // Whatever is missing has been told, and nothing more comes.
      if (this.waiting === asked) this.waiting = null;
    }
  }

  #showIfDrawn(scan: string, [a, b]: readonly (string | undefined)[]): boolean {
    if (a === undefined || b === undefined) return false;
    this.waiting = null;
    this.#ways.ready({ scan, layers: [a, b] });
    return true;
  }

  /** The newest whole proposal of each model that nobody has changed: it is the model that is looked at. */
  async #drawn(scan: string, models: Pair): Promise<readonly (string | undefined)[]> {
    const layers = await this.#ways.layers(scan);
    return models.map((model) => {
      const made = Date.parse(this.#ways.madeAt(model) ?? '');
      return layers
        .filter((layer) => layer.model === model && layer.kind === 'proposal' && layer.growing !== true && layer.edited !== true)
        .filter(({ changed }) => Number.isNaN(made) || changed >= made)
        .sort((a, b) => b.changed - a.changed)[0]?.id;
    });
  }
}
