import { isAbort } from '../api/errors.ts';
import type { EvaluationDetails, EvaluationSummary, ModelHost, ModelKey, ModelPage, NewEvaluation } from '../api/models.ts';
import type { Jobs } from './jobs.svelte.ts';

export type ModelRoomPart = 'models' | 'compare';

/** The models room: what is known of each model, and models held against the labels that people drew. */
export class ModelRoom {
  readonly host: ModelHost;
  part = $state<ModelRoomPart>('models');
  page = $state.raw<ModelPage | null>(null);
  evaluations = $state.raw<readonly EvaluationSummary[]>([]);
  evaluation = $state.raw<EvaluationDetails | null>(null);
  readonly #jobs: Jobs;
  #aborter = new AbortController();

  constructor(host: ModelHost, jobs: Jobs) {
    this.host = host;
    this.#jobs = jobs;
  }

  /** Shows the card of a model. */
  async show(model: ModelKey): Promise<void> {
    await this.#read(async (signal) => {
      this.page = await this.host.page(model, { signal });
    });
  }

  async retire(model: ModelKey, retired: boolean): Promise<void> {
    this.page = await this.host.retire(model, retired);
  }

  async refresh(): Promise<void> {
    this.evaluations = await this.host.evaluations();
  }

  /** Shows what came out of an evaluation. */
  async open(id: string): Promise<void> {
    this.part = 'compare';
    await this.#read(async (signal) => {
      this.evaluation = await this.host.evaluation(id, { signal });
    });
  }

  async remove(id: string): Promise<void> {
    await this.host.removeEvaluation(id);
    if (this.evaluation?.id === id) this.evaluation = null;
    await this.refresh();
  }

  /** Each scan's newest layer that a person drew is the reference. */
  async evaluate(wanted: Omit<NewEvaluation, 'kind' | 'labels'>): Promise<void> {
    await this.#jobs.start({ ...wanted, kind: 'evaluate', labels: { layer: 'newest' } });
  }

  /** The newest request is the one that counts. */
  async #read(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#aborter.abort();
    const { signal } = (this.#aborter = new AbortController());
    try {
      await read(signal);
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }
}
