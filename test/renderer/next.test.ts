import './support/runes.ts';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../renderer/api/host.ts';
import type { Improvement, ModelHistory, NextHost, RankedScan } from '../../renderer/api/next.ts';
import type { Job, NewJob } from '../../renderer/api/types.ts';
import { Improve, isOffered, waitingOf } from '../../renderer/state/improve.svelte.ts';
import { Jobs } from '../../renderer/state/jobs.svelte.ts';
import { Ranking, RANKING_SORTS, sortedScans } from '../../renderer/state/ranking.svelte.ts';

const ranked = (scan: string, parts: RankedScan['parts']): RankedScan => ({ scan, score: 0.5, parts, shares: {}, reason: 'uncertain' });
const scans = [
  ranked('c', { uncertainty: 0.2, error: 3 }),
  ranked('a', { uncertainty: 0.7, distance: 1 }),
  ranked('b', { distance: 2, error: 4 }),
];
const titles = new Map([
  ['a', 'Zebra'],
  ['b', 'Ape'],
  ['c', 'Lion'],
]);

describe('the list of what to label next', () => {
  it('is sorted by the recommendation, by each part with what lacks it last, and by name', () => {
    const sorted = RANKING_SORTS.map((sort) =>
      sortedScans(scans, sort, (scan) => titles.get(scan) ?? '')
        .map(({ scan }) => scan)
        .join(''),
    );
    expect(sorted).toEqual(['cab', 'acb', 'bac', 'bca', 'bca']);
  });
});

const improvement = (made: string, verdict: Improvement['verdict']): Improvement => ({ model: 'aa', made, scans: 5, leftOut: 0, verdict });
const history = (more: Partial<ModelHistory>): ModelHistory => ({ inUse: null, choices: [], improvements: [], ...more });

describe('what a training came to', () => {
  it('waits until somebody has taken a model since', () => {
    const newest = improvement('2026-02-01T00:00:00Z', 'better');
    const improvements = [newest, improvement('2026-01-01T00:00:00Z', 'first')];
    const chosen = (time: string): ModelHistory => history({ improvements, choices: [{ model: 'bb', time, by: 'Lea' }] });
    expect(waitingOf(history({}))).toBeUndefined();
    expect(waitingOf(history({ improvements }))).toBe(newest);
    expect(waitingOf(chosen('2026-01-15T00:00:00Z'))).toBe(newest);
    expect(waitingOf(chosen('2026-02-02T00:00:00Z'))).toBeUndefined();
  });

  it('is offered only when it is better, or the first', () => {
    const offered = (['better', 'level', 'worse', 'too-few', 'first'] as const).filter((verdict) => isOffered(improvement('', verdict)));
    expect(offered).toEqual(['better', 'first']);
  });
});

/** The host's queue: what was started, and goes on until it is ended. */
function queue(): { readonly jobs: Jobs; readonly asked: NewJob[]; readonly end: (id: string) => void } {
  const asked: NewJob[] = [];
  const job = (id: string, kind: string, state: Job['state']): Job => ({ id, kind, state, progress: { fraction: 0 } }) as unknown as Job;
  const start = (wanted: NewJob): Promise<Job> => Promise.resolve(job(String(asked.push(wanted)), wanted.kind, 'running'));
  const jobs = new Jobs({ start } as unknown as Host, () => undefined);
  return { jobs, asked, end: (id) => jobs.apply(job(id, asked[Number(id) - 1]?.kind ?? '', 'done')) };
}

describe('measuring and training in the background', () => {
  it('go on one at a time, and again when they have ended', async () => {
    const { jobs, asked, end } = queue();
    const ranking = new Ranking({} as NextHost, jobs);
    const improve = new Improve({} as NextHost, jobs);
    await ranking.measure();
    await ranking.measure();
    improve.minutes = 15;
    await improve.start();
    await improve.start();
    expect(asked).toEqual([{ kind: 'rank' }, { kind: 'improve', minutes: 15 }]);
    expect([ranking.job?.id, improve.job?.id]).toEqual(['1', '2']);
    end('1');
    expect([ranking.job, improve.job?.id]).toEqual([undefined, '2']);
    await ranking.measure();
    expect(asked).toHaveLength(3);
  });

  it('end with a model that is taken, or an earlier one again', async () => {
    const made = improvement('2026-02-01T00:00:00Z', 'better');
    const taken: string[] = [];
    const host = {
      history: () => Promise.resolve(history({ inUse: 'bb', improvements: [made] })),
      take: (model: string) => {
        taken.push(model);
        return Promise.resolve(
          history({ inUse: model, improvements: [made], choices: [{ model, time: '2026-02-02T00:00:00Z', by: 'Lea' }] }),
        );
      },
    } as unknown as NextHost;
    const improve = new Improve(host, queue().jobs);
    expect([improve.inUse, improve.newest]).toEqual([null, undefined]);
    await improve.refresh();
    expect([improve.inUse, improve.newest?.model]).toEqual(['bb', 'aa']);
    await improve.take('aa');
    expect([improve.inUse, improve.newest]).toEqual(['aa', undefined]);
    await improve.take('bb');
    expect([improve.inUse, taken]).toEqual(['bb', ['aa', 'bb']]);
  });
});
