import type { ScanSummary } from '../api/types.ts';

export type ScanSort = 'added' | 'title' | 'modality' | 'size';
export type LabelFilter = 'all' | 'labelled' | 'unlabelled';

export interface ScanFilter {
  /** Words that must all occur in title, modality or format. */
  readonly search: string;
  /** '' shows all. */
  readonly modality: string;
  readonly labels: LabelFilter;
  /** Only scans that the geometry doctor warns of. */
  readonly warnings: boolean;
  /** Name of a part of the split; '' shows all, NO_PART those in none. */
  readonly part: string;
}

/** No part has this name. */
export const NO_PART = '-';

export const EVERYTHING: ScanFilter = { search: '', modality: '', labels: 'all', warnings: false, part: '' };

export function hasWarning(scan: ScanSummary): boolean {
  return scan.findings.some(({ severity }) => severity === 'warning');
}

/** The scans that a filter lets through, in order; removed ones never. */
export function listScans(scans: readonly ScanSummary[], filter: ScanFilter, sort: ScanSort): ScanSummary[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return scans
    .filter((scan) => !scan.removed)
    .filter((scan) => words.every((word) => `${scan.title} ${scan.modality ?? ''} ${scan.format}`.toLowerCase().includes(word)))
    .filter((scan) => filter.modality === '' || (scan.modality ?? '') === filter.modality)
    .filter((scan) => filter.labels === 'all' || scan.layers > 0 === (filter.labels === 'labelled'))
    .filter((scan) => !filter.warnings || hasWarning(scan))
    .filter((scan) => filter.part === '' || (scan.split ?? NO_PART) === filter.part)
    .sort(orders[sort]);
}

/** Modalities that occur, in alphabetical order. */
export function modalities(scans: readonly ScanSummary[]): string[] {
  return [...new Set(scans.flatMap((scan) => (scan.removed || scan.modality === undefined ? [] : [scan.modality])))].sort();
}

const KNOWN_PARTS = ['training', 'validation', 'test'];

/** Parts of the split that scans are in: the usual ones first, in their usual order. */
export function splitParts(scans: readonly ScanSummary[]): string[] {
  const found = new Set(scans.flatMap((scan) => (scan.removed || scan.split === undefined ? [] : [scan.split])));
  return [...KNOWN_PARTS.filter((part) => found.has(part)), ...[...found].filter((part) => !KNOWN_PARTS.includes(part)).sort()];
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const byTitle = (a: ScanSummary, b: ScanSummary): number => collator.compare(a.title, b.title);
const orders: Record<ScanSort, (a: ScanSummary, b: ScanSummary) => number> = {
  added: (a, b) => (a.added < b.added ? 1 : a.added > b.added ? -1 : byTitle(a, b)),
  title: byTitle,
  modality: (a, b) => Number(!a.modality) - Number(!b.modality) || collator.compare(a.modality ?? '', b.modality ?? '') || byTitle(a, b),
  size: (a, b) => b.bytes - a.bytes || byTitle(a, b),
};
