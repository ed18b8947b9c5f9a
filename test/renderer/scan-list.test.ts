import { describe, expect, it } from 'vitest';
import type { ScanSummary } from '../../renderer/api/types.ts';
import { likelyModality } from '../../renderer/state/modality.ts';
import { EVERYTHING, listScans, modalities, NO_PART, splitParts } from '../../renderer/state/scan-list.ts';
import { sharesOf, withShare } from '../../renderer/state/split-shares.ts';

function scan(title: string, change: Partial<ScanSummary> = {}): ScanSummary {
  return {
    id: title.padEnd(8, '0'),
    title,
    format: 'NIfTI-1',
    dims: [4, 4, 4],
    spacing: [1, 1, 1],
    orientation: 'LPS',
    storedType: 'int16',
    bytes: 128,
    added: '2026-11-21T10:00:00Z',
    findings: [],
    layers: 0,
    removed: false,
    ...change,
  };
}

const scans = [
  scan('case 10', { modality: 'CT', added: '2026-11-20T10:00:00Z', bytes: 900, layers: 1 }),
  scan('case 9', { modality: 'MR', findings: [{ code: 'tilt', severity: 'warning', message: 'The gantry was tilted.' }] }),
  scan('Abdomen', { modality: 'CT', findings: [{ code: 'x', severity: 'note', message: 'Unusual.' }] }),
  scan('gone', { modality: 'PT', removed: true }),
  scan('untold'),
];
const titles = (found: readonly ScanSummary[]): string[] => found.map(({ title }) => title);

describe('the list of scans', () => {
  it('never shows removed ones, newest first', () => {
    expect(titles(listScans(scans, EVERYTHING, 'added'))).toEqual(['Abdomen', 'case 9', 'untold', 'case 10']);
  });

  it('sorts names as people count, modalities with the unknown last, sizes with the largest first', () => {
    expect(titles(listScans(scans, EVERYTHING, 'title'))).toEqual(['Abdomen', 'case 9', 'case 10', 'untold']);
    expect(titles(listScans(scans, EVERYTHING, 'modality'))).toEqual(['Abdomen', 'case 10', 'case 9', 'untold']);
    expect(titles(listScans(scans, EVERYTHING, 'size'))[0]).toBe('case 10');
  });

  it('is narrowed by words, modality, labels and warnings together', () => {
    const list = (change: object): string[] => titles(listScans(scans, { ...EVERYTHING, ...change }, 'title'));
    expect(list({ search: 'CASE ct' })).toEqual(['case 10']);
    expect(list({ modality: 'CT' })).toEqual(['Abdomen', 'case 10']);
    expect(list({ labels: 'labelled' })).toEqual(['case 10']);
    expect(list({ labels: 'unlabelled', modality: 'CT' })).toEqual(['Abdomen']);
    expect(list({ warnings: true })).toEqual(['case 9']);
  });

  it('is narrowed to a part of the split, or to scans in none', () => {
    const split = [scan('a', { split: 'test' }), scan('b', { split: 'training' }), scan('c', { split: 'fold 2' }), scan('d')];
    const of = (part: string): string[] => titles(listScans(split, { ...EVERYTHING, part }, 'title'));
    expect([of('test'), of('training'), of(NO_PART), of('')]).toEqual([['a'], ['b'], ['d'], ['a', 'b', 'c', 'd']]);
    expect(splitParts(split)).toEqual(['training', 'test', 'fold 2']);
    expect(splitParts(scans)).toEqual([]);
  });

  it('offers the modalities that occur', () => {
    expect(modalities(scans)).toEqual(['CT', 'MR']);
  });
});

describe('the modality of a scan that names none', () => {
  const stored = { slope: 1, intercept: 0, range: [-1024, 1500] as [number, number] };

  it('is taken for CT when its values reach from air to bone', () => {
    expect(likelyModality(stored)).toBe('CT');
    expect(likelyModality({ range: [0, 4000], slope: 1, intercept: -1024 })).toBe('CT');
  });

  it('stays unknown otherwise, and a named one is believed', () => {
    expect(likelyModality({ ...stored, range: [0, 1500] })).toBeUndefined();
    expect(likelyModality({ ...stored, modality: 'MR' })).toBe('MR');
  });
});

describe('shares of a split', () => {
  it('are 1 together, and always leave something to train', () => {
    for (const validation of [0, 15, 50, 95, 200])
      for (const test of [0, 15, 60, 95]) {
        const held = withShare(withShare({ validation: 15, test: 15 }, 'validation', validation), 'test', test);
        const { training, ...others } = sharesOf(held);
        expect(training + others.validation + others.test).toBeCloseTo(1, 12);
        expect([held.test, training >= 0.05 - 1e-12, others.validation >= 0]).toEqual([test, true, true]);
      }
  });
});
