import type { NextHost, RankedScan, Ranking as RankingDocument } from '../api/next.ts';
import type { Job } from '../api/types.ts';
import type { Jobs } from './jobs.svelte.ts';

/** By what the list is sorted: the recommendation, one of its parts, or the name. */
export type RankingSort = 'score' | 'uncertainty' | 'distance' | 'error' | 'title';
export const RANKING_SORTS: readonly RankingSort[] = ['score', 'uncertainty', 'distance', 'error', 'title'];

/** Which scans are worth labelling next. */
export class Ranking {
  document = $state.raw<RankingDocument | null>(null);
  sort = $state<RankingSort>('score');
  /** What is shown beside the list of scans. */
  panel = $state<'details' | 'next'>('details');
  readonly #host: NextHost;
  readonly #jobs: Jobs;

  constructor(host: NextHost, jobs: Jobs) {
    this.#host = host;
    this.#jobs = jobs;
  }

  /** The measurement that goes on, if one does. */
  get job(): Job | undefined {
    return this.#jobs.active.find(({ kind }) => kind === 'rank');
  }

  async refresh(): Promise<void> {
    this.document = await this.#host.ranking();
  }

  async measure(): Promise<void> {
    if (this.job === undefined) await this.#jobs.start({ kind: 'rank' });
  }
}

/** In the order that was asked for; what was not measured comes last. */
export function sortedScans(scans: readonly RankedScan[], sort: RankingSort, titleOf: (scan: string) => string): readonly RankedScan[] {
  if (sort === 'score') return scans;
  if (sort === 'title') return [...scans].sort((a, b) => titleOf(a.scan).localeCompare(titleOf(b.scan)));
  return [...scans].sort((a, b) => (b.parts[sort] ?? -1) - (a.parts[sort] ?? -1));
}
