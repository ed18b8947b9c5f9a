import type { ModelHistory } from '../../core/service/api/improvements.ts';
import type { Ranking } from '../../core/service/api/ranking.ts';
import type { Client } from './client.ts';

export type { Improvement, ModelComparison, ModelHistory } from '../../core/service/api/improvements.ts';
export type { RankedScan, Ranking, RankingReason } from '../../core/service/api/ranking.ts';

/** What the host can be asked about what to label next and what came of it, one function a route. */
export class NextHost {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  ranking(): Promise<Ranking> {
    return this.#client.get('/ranking');
  }

  history(): Promise<ModelHistory> {
    return this.#client.get('/models/history');
  }

  take(model: string): Promise<ModelHistory> {
    return this.#client.post('/models/current', { model });
  }
}
