import { isAbort } from '../api/errors.ts';
import type { EvaluationDetails, EvaluationSummary, LabelCurves, ModelHost, ModelKey, ModelPage, NewEvaluation } from '../api/models.ts';
import type { TrainingHost } from '../api/training.ts';
import type { Jobs } from './jobs.svelte.ts';
import { RunComparison } from './run-comparison.svelte.ts';
import { SideBySide, type SideBySideWays } from './side-by-side.svelte.ts';

/** In the order of their tabs. */
export const MODEL_ROOM_PARTS = ['models', 'compare', 'runs', 'beside'] as const;
export type ModelRoomPart = (typeof MODEL_ROOM_PARTS)[number];

/** The models room: what is known of each model, and models held against the labels that people drew, and against each other. */
export class ModelRoom {
  readonly host: ModelHost;
  readonly runs: RunComparison;
  readonly beside: SideBySide;
  part = $state<ModelRoomPart>('models');
  page = $state.raw<ModelPage | null>(null);
  evaluations = $state.raw<readonly EvaluationSummary[]>([]);
  evaluation = $state.raw<EvaluationDetails | null>(null);
  /** Of the evaluation that is shown. */
  labels = $state.raw<LabelCurves | null>(null);
  readonly #jobs: Jobs;
  #aborter = new AbortController();

  constructor(host: ModelHost, jobs: Jobs, training: TrainingHost, ways: SideBySideWays) {
    this.host = host;
    this.#jobs = jobs;
    this.runs = new RunComparison(training);
    this.beside = new SideBySide(ways);
  }

  /** Turns to the next part, after the last to the first. */
  turn(): void {
    const parts = MODEL_ROOM_PARTS;
    this.part = parts[(parts.indexOf(this.part) + 1) % parts.length] ?? 'models';
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
      const [evaluation, labels] = await Promise.all([this.host.evaluation(id, { signal }), this.host.labelCurves(id, { signal })]);
      this.evaluation = evaluation;
      this.labels = labels;
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
