import { describe, expect, it } from 'vitest';
import type { ScanSummary, WorkItem, WorkState } from '../../renderer/api/types.ts';
import { agreementRows } from '../../renderer/state/agreement.svelte.ts';
import { ActiveTime } from '../../renderer/state/active-time.ts';
import { differencesOf } from '../../renderer/state/layer-differences.ts';
import { ALL_WORK, countStates, listWork, nextWork, readersOf, shareOut } from '../../renderer/state/work-filter.ts';
import { formatDuration } from '../../renderer/app/work/duration.ts';

const deed = { by: 'Lea', time: '2026-01-02T03:04:05Z' };
const item = (id: string, scan: string, reader: string, state: WorkState): WorkItem => ({
  id,
  scan,
  reader,
  state,
  assigned: deed,
  changed: deed,
  next: [],
  seconds: 0,
  comments: 0,
});
const scan = (id: string, title: string, removed = false): ScanSummary => ({
  id,
  title,
  removed,
  format: 'NIfTI-1',
  dims: [1, 1, 1],
  spacing: [1, 1, 1],
  orientation: 'LPS',
  storedType: 'int16',
  bytes: 2,
  added: deed.time,
  findings: [],
  layers: 0,
});
const items = [
  item('1', 'a', 'Anna', 'approved'),
  item('2', 'b', 'Anna', 'todo'),
  item('3', 'b', 'Ben', 'working'),
  item('4', 'c', 'Anna', 'todo'),
  item('5', 'd', 'Anna', 'returned'),
];

describe('the work list', () => {
  const scans = [scan('a', 'Abdomen one'), scan('b', 'Abdomen two'), scan('c', 'Chest'), scan('d', 'Chest two', true)];
  const shown = (filter: Partial<typeof ALL_WORK>): string[] =>
    listWork(items, scans, { ...ALL_WORK, ...filter }).map((row) => row.item.id);

  it('is narrowed by reader, state and words; scans that are gone are left out', () => {
    expect(shown({})).toEqual(['1', '2', '3', '4']);
    expect(shown({ reader: 'Anna' })).toEqual(['1', '2', '4']);
    expect(shown({ state: 'todo', search: 'TWO abdo' })).toEqual(['2']);
    expect([readersOf(items), countStates(items)]).toEqual([
      ['Anna', 'Ben'],
      { todo: 2, working: 1, submitted: 0, returned: 1, approved: 1 },
    ]);
  });

  it('gives next what was sent back, then what comes after the present scan', () => {
    expect(nextWork(items, 'Anna', undefined)?.id).toBe('5');
    const rest = items.slice(0, 4);
    expect(nextWork(rest, 'Anna', 'b')?.id).toBe('4');
    expect(nextWork(rest, 'Anna', 'c')?.id).toBe('2');
    expect(nextWork(rest, 'Ben', 'b')).toBeUndefined();
    expect(nextWork(rest, 'Eve', undefined)).toBeUndefined();
  });

  it('is shared out evenly, each scan to as many different readers as wanted', () => {
    const scans = ['a', 'b', 'c', 'd', 'e', 'f'];
    const pairs = shareOut(scans, ['Anna', 'Ben', 'Eve'], 2);
    for (const reader of ['Anna', 'Ben', 'Eve']) expect(pairs.filter((pair) => pair.reader === reader)).toHaveLength(4);
    for (const one of scans) expect(new Set(pairs.filter((pair) => pair.scan === one).map(({ reader }) => reader)).size).toBe(2);
    expect(shareOut(['a'], ['Anna'], 5)).toEqual([{ scan: 'a', reader: 'Anna' }]);
    expect(shareOut(['a'], [], 1)).toEqual([]);
  });
});

describe('active time', () => {
  it('counts until half a minute after the last key or movement', () => {
    const time = new ActiveTime();
    expect([time.total(5000), time.isActive(5000)]).toEqual([0, false]);
    time.touch(1000);
    time.touch(21_000);
    expect(time.total(22_000)).toBe(21_000);
    expect([time.total(60_000), time.isActive(60_000)]).toEqual([50_000, false]);
    time.touch(1_000_000);
    expect([time.total(1_000_500), time.isActive(1_000_500)]).toEqual([50_500, true]);
  });

  it('is written as a clock shows it', () => {
    expect([0, 65, 3723, 36_000].map(formatDuration)).toEqual(['0:00', '1:05', '1:02:03', '10:00:00']);
  });
});

describe('two readers', () => {
  it('differ where they name a voxel differently, whatever the numbers', () => {
    const first = [{ value: 1, name: 'Liver' }];
    const second = [
      { value: 5, name: 'liver ' },
      { value: 1, name: 'spleen' },
    ];
    expect([...differencesOf(Uint8Array.of(0, 1, 1, 1, 0, 9), first, Uint16Array.of(0, 5, 0, 1, 5, 0), second)]).toEqual([
      0, 0, 1, 2, 2, 0,
    ]);
  });

  it('are listed with the least agreement first, over all organs or for one', () => {
    const scores = { surfaceDice: 1, hd95: 2, firstMl: 1, secondMl: 1, volumeDifference: 0 };
    const pair = (scan: string, dice: readonly (number | null)[]) => ({
      scan,
      first: '1',
      second: '2',
      agreement: { organs: dice.map((value, at) => ({ ...scores, name: `organ ${at}`, dice: value })) },
    });
    const pairs = [pair('a', [0.9, 0.2]), pair('b', [0.5, null]), pair('c', [null, null]), { ...pair('d', []), agreement: null }];
    const listing = { tolerance: 1, organs: [], pairs };
    expect(agreementRows(listing, '').map((row) => [row.scan, row.scores?.dice])).toEqual([
      ['b', 0.5],
      ['a', 0.55],
      ['c', undefined],
      ['d', undefined],
    ]);
    expect(agreementRows(listing, 'organ 1').map((row) => [row.scan, row.scores?.dice])).toEqual([
      ['a', 0.2],
      ['b', undefined],
      ['c', undefined],
      ['d', undefined],
    ]);
  });
});
