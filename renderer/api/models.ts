import type { EvaluatedModel, EvaluationDetails, EvaluationSummary, NewEvaluation } from '../../core/service/api/evaluations.ts';
import type { LabelCurve, LabelCurves } from '../../core/service/api/label-efficiency.ts';
import type { ModelPage } from '../../core/service/api/model-card.ts';
import type { Client, RequestOptions } from './client.ts';
import type { ModelSummary } from './types.ts';

export type { EvaluatedModel, EvaluationDetails, EvaluationSummary, LabelCurve, LabelCurves, ModelPage, NewEvaluation };

/** A model by what tells it from others. */
export type ModelKey = Pick<ModelSummary, 'id' | 'kind'>;
export type ReportKind = 'html' | 'csv' | 'json';

/** What the host can be asked about models and their evaluations, one function a route. */
export class ModelHost {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  page({ kind, id }: ModelKey, options?: RequestOptions): Promise<ModelPage> {
    return this.#client.get(`/models/${kind}/${id}`, options);
  }

  retire({ kind, id }: ModelKey, retired: boolean): Promise<ModelPage> {
    return this.#client.post(`/models/${kind}/${id}/retire`, { retired });
  }

  /** Address of a model as one file. */
  file({ kind, id }: ModelKey): string {
    return this.#client.url(`/models/${kind}/${id}/file`);
  }

  evaluations(): Promise<EvaluationSummary[]> {
    return this.#client.get('/evaluations');
  }

  evaluation(id: string, options?: RequestOptions): Promise<EvaluationDetails> {
    return this.#client.get(`/evaluations/${id}`, options);
  }

  /** Dice against the number of labelled scans. */
  labelCurves(id: string, options?: RequestOptions): Promise<LabelCurves> {
    return this.#client.get(`/evaluations/${id}/labels`, options);
  }

  removeEvaluation(id: string): Promise<unknown> {
    return this.#client.post(`/evaluations/${id}/remove`);
  }

  /** Address of an evaluation as a page, a table or a document. */
  report(id: string, kind: ReportKind): string {
    return this.#client.url(`/evaluations/${id}/${kind}`);
  }

  /** Address of an evaluation as a page that is shown and not saved. */
  reportPage(id: string): string {
    return this.#client.url(`/evaluations/${id}/page`);
  }
}
