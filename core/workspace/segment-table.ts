import { TesseraError } from '../base/errors.ts';
import type { LayerSegment, SegmentsChange } from './schemas.ts';

// The table of a layer's segments, in the order of its list. A change of it is one place where some entries give way to others.

/** What turns one table into another; undefined when they are the same. */
export function segmentsChange(before: readonly LayerSegment[], after: readonly LayerSegment[]): SegmentsChange | undefined {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && same(before[at], after[at])) at++;
  let behind = 0;
  while (behind < shorter - at && same(before[before.length - 1 - behind], after[after.length - 1 - behind])) behind++;
  const change = { at, before: before.slice(at, before.length - behind), after: after.slice(at, after.length - behind) };
  return change.before.length + change.after.length === 0 ? undefined : change;
}

/** The table after a change. @throws TesseraError `bad-labels` when the change was made for another one */
export function changedSegments(table: readonly LayerSegment[], change: SegmentsChange | undefined): readonly LayerSegment[] {
  if (change === undefined) return table;
  const { at, before, after } = change;
  if (at > table.length || !before.every((segment, n) => same(segment, table[at + n]))) {
    throw new TesseraError('bad-labels', 'The change of segments was made for another state of their table.', {
      advice: 'Read the layer anew and repeat the change.',
    });
  }
  return [...table.slice(0, at), ...after, ...table.slice(at + before.length)];
}

export function inverseChange(change: SegmentsChange | undefined): SegmentsChange | undefined {
  return change === undefined ? undefined : { at: change.at, before: change.after, after: change.before };
}

/** @throws TesseraError `bad-labels` when a value is there twice, or is too large for the type of the layer; 16 bits unless given */
export function checkSegments(table: readonly LayerSegment[], type: 'uint8' | 'uint16' = 'uint16'): void {
  const largest = type === 'uint8' ? 255 : 65535;
  const seen = new Set<number>();
  for (const { value } of table) {
    if (value > largest) throw badTable(`has the value ${value}; this layer takes values up to ${largest}`);
    if (seen.has(value)) throw badTable(`has the value ${value} twice`);
    seen.add(value);
  }
}

function same(a: LayerSegment | undefined, b: LayerSegment | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.value === b.value &&
    a.name === b.name &&
    a.colour === b.colour &&
    a.code?.value === b.code?.value &&
    a.code?.scheme === b.code?.scheme &&
    a.code?.meaning === b.code?.meaning &&
    (a.state ?? 'todo') === (b.state ?? 'todo') &&
    (a.locked ?? false) === (b.locked ?? false) &&
    (a.hidden ?? false) === (b.hidden ?? false)
  );
}

function badTable(what: string): TesseraError {
  return new TesseraError('bad-labels', `The table of segments ${what}.`, { advice: 'Choose another value.' });
}
