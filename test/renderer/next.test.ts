import { describe, expect, it } from 'vitest';
import type { Improvement, ModelHistory, RankedScan } from '../../renderer/api/next.ts';
import { isOffered, waitingOf } from '../../renderer/state/improve.svelte.ts';
import { RANKING_SORTS, sortedScans } from '../../renderer/state/ranking.svelte.ts';

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
