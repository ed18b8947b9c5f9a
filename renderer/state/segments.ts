import type { Segment } from '../api/types.ts';
import type { LabelArray, LabelDelta, PaintedRuns } from '../../core/labelling/index.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { segmentColour } from '../../core/labelling/segment-colours.ts';
import type { SegmentsChange } from './label-edits.ts';

// What can be done with the table of segments. Each is made anew on whatever table there is when it arrives.

/** Adds a segment; one of the same number was added before. */
export function addSegment(segment: Segment): SegmentsChange {
  return (segments) => (segments.some(({ value }) => value === segment.value) ? segments : [...segments, segment]);
}

/** Adds the segments that a change paints and the table has not yet. */
export function addPainted({ runs }: LabelDelta, name: string): SegmentsChange {
  const values = new Set<number>();
  for (let r = 3; r < runs.length; r += 4) values.add(runs[r] as number);
  values.delete(0);
  const made = [...values].sort((a, b) => a - b).map((value) => segment(value, `${name} ${value}`));
  return (segments) => made.reduce((table, one) => addSegment(one)(table), segments);
}

function segment(value: number, name: string): Segment {
  return { value, name, colour: segmentColour(value), state: 'todo', locked: false };
}

/** The numbers of the locked segments. */
export function lockedOf(segments: readonly Segment[]): ReadonlySet<number> {
  return new Set(segments.filter(({ locked }) => locked).map(({ value }) => value));
}

export function removeSegment(value: number): SegmentsChange {
  return (segments) => segments.filter((segment) => segment.value !== value);
}

export function changeSegment(value: number, change: Partial<Omit<Segment, 'value'>>): SegmentsChange {
  return (segments) => segments.map((segment) => (segment.value === value ? { ...segment, ...change } : segment));
}

/** All that is in the list is finished: a label map that was imported need not be said so segment by segment. */
export const allDone: SegmentsChange = (segments) => segments.map((segment) => ({ ...segment, state: 'done' }));

/** A segment as it begins: the lowest free number, and a colour that its neighbours in the list do not have. Undefined when none is free. */
export function newSegment(segments: readonly Segment[], name: (value: number) => string, most: number): Segment | undefined {
  const taken = new Set(segments.map(({ value }) => value));
  let value = 1;
  while (taken.has(value)) value++;
  return value > most ? undefined : segment(value, name(value));
}

/** The lowest numbers that no segment has. @param most the highest number there may be @param count how many */
export function freeValues(segments: readonly Segment[], most: number, count: number): number[] {
  const taken = new Set(segments.map(({ value }) => value));
  const free: number[] = [];
  for (let value = 1; value <= most && free.length < count; value++) if (!taken.has(value)) free.push(value);
  return free;
}

/** Gives all voxels of a segment back to the background. */
export function emptied(labels: LabelArray, value: number): LabelDelta {
  const runs: (readonly [number, number])[] = [];
  for (let at = labels.indexOf(value); at >= 0; at = labels.indexOf(value, at)) {
    const start = at;
    while (labels[at] === value) at++;
    runs.push([start, at - start]);
  }
  return paintedDelta(labels, runs satisfies PaintedRuns, 0);
}

/** Whether two tables say the same. */
export function sameSegments(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a === b || (a.length === b.length && a.every((segment, at) => sameSegment(segment, b[at])));
}

function sameSegment(a: Segment, b: Segment | undefined): boolean {
  return (
    b !== undefined &&
    a.value === b.value &&
    a.name === b.name &&
    a.colour === b.colour &&
    a.state === b.state &&
    a.locked === b.locked &&
    a.code?.value === b.code?.value &&
    a.code?.meaning === b.code?.meaning
  );
}

/** Segments whose name, code or number has what is searched for. */
export function findSegments(segments: readonly Segment[], wanted: string): readonly Segment[] {
  const words = wanted.trim().toLowerCase().replaceAll('_', ' ');
  if (words === '') return segments;
  return segments.filter(({ value, name, code }) =>
    [String(value), name.replaceAll('_', ' '), code?.value ?? '', code?.meaning ?? ''].some((text) => text.toLowerCase().includes(words)),
  );
}
