import type { PreflightCard, PreflightFinding, PreflightRepair, PreflightViews } from '../../core/service/api/preflight.ts';
import type {
  MetricsLine,
  RunDetails,
  RunMetrics,
  RunSummary,
  TrainingSetting,
  TrainingSettingsList,
} from '../../core/service/api/runs.ts';
import type { NewFinetuning, NewPretraining } from '../../core/service/api/training.ts';
import type { Client, RequestOptions } from './client.ts';
import type { Job } from './types.ts';

export type { MetricsLine, NewFinetuning, NewPretraining, PreflightCard, PreflightFinding, PreflightRepair, PreflightViews };
export type { RunDetails, RunMetrics, RunSummary, TrainingSetting, TrainingSettingsList };

export type NewRun = NewPretraining | NewFinetuning;
export type SettingsKind = 'pretrain' | 'finetune' | 'segresnet';

/** What the host can be asked about training, one function a route. */
export class TrainingHost {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  settings(kind: SettingsKind): Promise<TrainingSettingsList> {
    return this.#client.get(`/settings/${kind}`);
  }

  preflight(run: NewRun, options?: RequestOptions): Promise<PreflightCard> {
    return this.#client.post('/preflight', run, options);
  }

  views(job: NewPretraining, scan: string, seed: number, options?: RequestOptions): Promise<PreflightViews> {
    return this.#client.post('/preflight/views', { job, scan, seed }, options);
  }

  start(run: NewRun): Promise<Job> {
    return this.#client.post('/jobs', run);
  }

  runs(): Promise<RunSummary[]> {
    return this.#client.get('/runs');
  }

  run(id: string): Promise<RunDetails> {
    return this.#client.get(`/runs/${id}`);
  }

  metrics(id: string, after: number): Promise<RunMetrics> {
    return this.#client.get(`/runs/${id}/metrics?after=${after}`);
  }

  note(id: string, step: number, text: string): Promise<RunDetails> {
    return this.#client.post(`/runs/${id}/notes`, { step, text });
  }

  goOn(id: string): Promise<Job> {
    return this.#client.post(`/runs/${id}/continue`);
  }
}
