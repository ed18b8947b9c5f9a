import type { ScanSummary, WorkItem, WorkState } from '../api/types.ts';

/** States in the order of work. */
export const WORK_STATES: readonly WorkState[] = ['todo', 'working', 'submitted', 'returned', 'approved'];

export interface WorkFilter {
  /** Words that must all occur in the title of the scan. */
  readonly search: string;
  /** '' shows everybody's. */
  readonly reader: string;
  /** '' shows all. */
  readonly state: WorkState | '';
}

export const ALL_WORK: WorkFilter = { search: '', reader: '', state: '' };

/** An assignment with its scan. */
export interface WorkRow {
  readonly item: WorkItem;
  readonly scan: ScanSummary;
}

/** Assignments that a filter lets through, with their scans; those whose scan is not there never. */
export function listWork(items: readonly WorkItem[], scans: readonly ScanSummary[], filter: WorkFilter): WorkRow[] {
  const byId = new Map(scans.filter((scan) => !scan.removed).map((scan) => [scan.id, scan]));
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return items.flatMap((item) => {
    const scan = byId.get(item.scan);
    const shown =
      scan !== undefined &&
      (filter.reader === '' || item.reader === filter.reader) &&
      (filter.state === '' || item.state === filter.state) &&
      words.every((word) => scan.title.toLowerCase().includes(word));
    return shown ? [{ item, scan }] : [];
  });
}

export function readersOf(items: readonly WorkItem[]): string[] {
  return [...new Set(items.map(({ reader }) => reader))].sort((a, b) => a.localeCompare(b));
}

/** How many are in each state. */
export function countStates(items: readonly WorkItem[]): Readonly<Record<WorkState, number>> {
  const counts = { todo: 0, working: 0, submitted: 0, returned: 0, approved: 0 };
  for (const { state } of items) counts[state]++;
  return counts;
}

/** What waits for the reader. What was sent back comes first, then what was begun, then what is new. */
const WAITING: readonly WorkState[] = ['returned', 'working', 'todo'];

/** The next assignment of a reader after the one of a scan, in the order of the list within each state; undefined when nothing waits. */
export function nextWork(items: readonly WorkItem[], reader: string, after: string | undefined): WorkItem | undefined {
  const mine = items.filter((item) => item.reader === reader && item.scan !== after);
  const at = items.findIndex((item) => item.reader === reader && item.scan === after);
  const places = new Map(items.map((item, place) => [item, place]));
  const isLater = (item: WorkItem): boolean => (places.get(item) ?? 0) > at;
  for (const state of WAITING) {
    const waiting = mine.filter((item) => item.state === state);
    const next = waiting.find(isLater) ?? waiting[0];
    if (next) return next;
  }
  return undefined;
}

/** Scans shared out: each is read by `each` of the readers in turn, so that all get about as many. */
export function shareOut(
  scans: readonly string[],
  readers: readonly string[],
  each: number,
): { readonly scan: string; readonly reader: string }[] {
  const many = Math.min(each, readers.length);
  return scans.flatMap((scan, at) =>
    Array.from({ length: many }, (_, n) => ({ scan, reader: readers[(at * many + n) % readers.length] ?? '' })).filter(
      ({ reader }) => reader !== '',
    ),
  );
}
