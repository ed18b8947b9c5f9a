import type { RunDetails, SettingsKind, TrainingHost, TrainingSetting } from '../api/training.ts';
import type { Job } from '../api/types.ts';
import { RunView } from './run-view.svelte.ts';

/** Training runs that are looked at side by side. */
export class RunComparison {
  /** In the order in which they were chosen. */
  views = $state.raw<readonly RunView[]>([]);
  /** What is known of the settings of such runs. */
  schema = $state.raw<readonly TrainingSetting[]>([]);
  /** Also settings that are the same in all of them. */
  showAll = $state(false);
  readonly #host: TrainingHost;
  #known: Partial<Record<SettingsKind, Promise<readonly TrainingSetting[]>>> = {};

  constructor(host: TrainingHost) {
    this.#host = host;
  }

  has(id: string): boolean {
    return this.views.some((view) => view.id === id);
  }

  /** Takes a run in, or out. @throws ApiError where it cannot be read; then it is not taken in */
  async choose(id: string, wanted: boolean): Promise<void> {
    if (wanted === this.has(id)) return;
    if (!wanted) {
      this.#leaveOut(id);
      return;
    }
    const view = new RunView(this.#host, id);
    this.views = [...this.views, view];
    try {
      await view.load();
      if (view.details !== null) await this.#learn(view.details.kind);
    } catch (error) {
      this.#leaveOut(id);
      throw error;
    }
  }

  /** A run has come to a step. */
  progressed(run: string, step: number): void {
    this.views.find(({ id }) => id === run)?.changed(step);
  }

  /** News of a job: a run that has begun or ended is read whole. */
  jobChanged({ result, state }: Job): void {
    const view = this.views.find(({ id }) => id === result?.run);
    if (view !== undefined && view.details?.state !== state) void view.settle();
  }

  /** News may have been missed: all are read anew. */
  async catchUp(): Promise<void> {
    await Promise.all(this.views.map(async (view) => view.settle()));
  }

  #leaveOut(id: string): void {
    this.views.find((view) => view.id === id)?.close();
    this.views = this.views.filter((view) => view.id !== id);
  }

  async #learn(kind: RunDetails['kind']): Promise<void> {
    const kinds: readonly SettingsKind[] = kind === 'pretrain' ? ['pretrain'] : ['finetune', 'segresnet'];
    for (const one of kinds) {
      const reading = (this.#known[one] ??= this.#host.settings(one).then(({ settings }) => settings));
      try {
        const found = await reading;
        // What was known first stays: settings of the same name mean the same.
        this.schema = [...this.schema, ...found.filter(({ path }) => !this.schema.some((setting) => setting.path === path))];
      } catch (error) {
        this.#known = { ...this.#known, [one]: undefined };
        throw error;
      }
    }
  }
}
