import { setTimeout as pause } from 'node:timers/promises';
import { deltaBetween } from '../../core/labelling/index.ts';
import { EDIT_TYPE, encodeEdit } from '../../core/labelling/edit-frame.ts';
import type { Improvement, ModelHistory } from '../../core/service/api/improvements.ts';
import type { Job } from '../../core/service/api/jobs.ts';
import type { LabelState } from '../../core/service/api/labels.ts';
import type { LayerSummary } from '../../core/service/api/layers.ts';
import type { Ranking } from '../../core/service/api/ranking.ts';
import { createApp } from '../../core/service/app.ts';
import type { Host } from '../../core/service/host.ts';

/** The structures of the hippocampus; their values are 1 and 2. */
export const structures = ['anterior', 'posterior'] as const;
const BATCH = 2;

export interface Training {
  /** Of each training, where no passes over its scans are given. */
  readonly steps: number;
  readonly passes?: number;
  readonly seed: number;
  /** Else the number of the round is added. */
  readonly sameSeed: boolean;
}

/** Somebody at the screen who knows what is right. */
export class Person {
  readonly #app: ReturnType<typeof createApp>;
  readonly #references: ReadonlyMap<string, Uint8Array>;
  readonly #training: Training;
  #labelled = 0;

  /** @param references what is right, by the id of the scan */
  constructor(host: Host, references: ReadonlyMap<string, Uint8Array>, training: Training) {
    this.#app = createApp(host);
    this.#references = references;
    this.#training = training;
  }

  /** What the ranking says, measured anew with the model in use. */
  async next(count: number): Promise<string[]> {
    await this.#job({ kind: 'rank' });
    const { scans } = await this.#get<Ranking>('/ranking');
    return scans.slice(0, count).map(({ scan }) => scan);
  }

  /** Corrects what the model in use proposes, or draws from nothing where there is none. */
  async correct(scans: readonly string[]): Promise<{ touched: number; scratch: number }> {
    const { inUse } = await this.#get<ModelHistory>('/models/history');
    const proposals = inUse === null ? [] : ((await this.#job({ kind: 'segment', model: inUse, scans })).result?.layers ?? []);
    let [touched, scratch] = [0, 0];
    for (const scan of scans) {
      const reference = this.#references.get(scan) ?? new Uint8Array();
      const from = proposals.find((layer) => layer.scan === scan)?.layer;
      const { id } = await this.#post<LayerSummary>(`/scans/${scan}/layers`, { name: 'labels', ...(from === undefined ? {} : { from }) });
      const path = `/scans/${scan}/layers/${id}`;
      const before = new Uint8Array(await (await this.#app.request(`/api${path}/voxels`)).arrayBuffer());
      const { sequence } = await this.#get<LabelState>(`${path}/state`);
      const segments = structures.map((name, at) => ({ value: at + 1, name, colour: at === 0 ? '#e69f00' : '#56b4e9', state: 'done' }));
      const json = { after: sequence, client: 'person', title: 'Correct', segments };
      const body = encodeEdit(json, deltaBetween(before, reference));
      await this.#answer(await this.#app.request(`/api${path}/edits`, { method: 'POST', headers: { 'Content-Type': EDIT_TYPE }, body }));
      touched += reference.reduce((sum, value, at) => sum + (value === before[at] ? 0 : 1), 0);
      scratch += reference.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
    }
    this.#labelled += scans.length;
    return { touched, scratch };
  }

  /** Trains on all that is labelled, and takes what is better. */
  async improve(round: number): Promise<{ improvement: Improvement; taken: boolean }> {
    const { steps, passes, seed, sameSeed } = this.#training;
    const settings = {
      size: [32, 48, 32],
      features: 8,
      learningRate: 1e-3,
      layerDecay: 0.9,
      batch: BATCH,
      crops: 1,
      validationShare: 0,
      epochs: passes ?? Math.max(1, Math.round(steps / Math.ceil(this.#labelled / BATCH))),
    };
    const { result } = await this.#job({ kind: 'improve', settings, seed: sameSeed ? seed : seed + round });
    const { improvements } = await this.#get<ModelHistory>('/models/history');
    const improvement = improvements.find(({ model }) => model === result?.model);
    if (improvement === undefined) throw new Error('no improvement came of it');
    const taken = improvement.verdict === 'first' || improvement.verdict === 'better';
    if (taken) await this.#post('/models/current', { model: improvement.model });
    return { improvement, taken };
  }

  async #job(wanted: object): Promise<Job> {
    const { id } = await this.#post<Job>('/jobs', wanted);
    for (;;) {
      const job = await this.#get<Job>(`/jobs/${id}`);
      if (job.state === 'done') return job;
      if (job.state === 'failed' || job.state === 'cancelled') throw new Error(JSON.stringify(job.error ?? job.state));
      await pause(100);
    }
  }

  async #get<T>(path: string): Promise<T> {
    return this.#answer(await this.#app.request(`/api${path}`));
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return this.#answer(await this.#app.request(`/api${path}`, init));
  }

  async #answer<T>(response: Response): Promise<T> {
    if (response.ok) return (await response.json()) as T;
    throw new Error(`${response.status} ${await response.text()}`);
  }
}
