import type { NewRun, RunSummary, TrainingHost } from '../api/training.ts';
import type { Job, ScanSummary } from '../api/types.ts';
import type { Jobs } from './jobs.svelte.ts';
import { RunForm, type RunKind } from './run-form.svelte.ts';
import { RunView } from './run-view.svelte.ts';

/** The training room: runs, the one that is looked at, and the one that is being described. */
export class Training {
  readonly host: TrainingHost;
  runs = $state.raw<readonly RunSummary[]>([]);
  loaded = $state(false);
  view = $state.raw<RunView | null>(null);
  form = $state.raw<RunForm | null>(null);
  readonly #jobs: Jobs;

  constructor(host: TrainingHost, jobs: Jobs) {
    this.host = host;
    this.#jobs = jobs;
  }

  async refresh(): Promise<void> {
    this.runs = await this.host.runs();
    this.loaded = true;
  }

  /** News may have been missed: what is on the screen is read anew. */
  async catchUp(): Promise<void> {
    if (this.loaded) await Promise.all([this.refresh(), this.view?.load()]);
  }

  /** Looks at a run. */
  async open(id: string): Promise<void> {
    this.view?.close();
    this.form = null;
    const view = new RunView(this.host, id);
    this.view = view;
    await view.load();
  }

  /** Begins to describe a run. @param encoder a model to begin with; empty for none */
  async describe(kind: RunKind, scans: readonly ScanSummary[], encoder = ''): Promise<RunForm> {
    this.view?.close();
    this.view = null;
    const form = new RunForm(this.host, kind, scans, encoder);
    this.form = form;
    await form.load();
    return form;
  }

  /** Puts a run into the queue and looks at it. @throws ApiError with the reason when the host refuses it */
  async start(run: NewRun): Promise<void> {
    const job = await this.host.start(run);
    this.#jobs.apply(job);
    await this.refresh();
    if (job.result?.run !== undefined) await this.open(job.result.run);
  }

  async goOn(id: string): Promise<void> {
    this.#jobs.apply(await this.host.goOn(id));
    await Promise.all([this.refresh(), this.open(id)]);
  }

  /** A run has come to a step. */
  progressed(run: string, step: number): void {
    if (this.view?.id === run) this.view.changed(step);
  }

  /** News of a job: its run is another one now. */
  jobChanged({ result, state }: Job): void {
    const run = result?.run;
    if (run === undefined) return;
    const known = this.runs.find(({ id }) => id === run);
    if (known !== undefined && known.state !== state) this.runs = this.runs.map((one) => (one.id === run ? { ...one, state } : one));
    if (this.view?.id === run && this.view.details?.state !== state) void this.view.settle();
  }
}
