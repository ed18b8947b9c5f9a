import type { Segment } from '../api/types.ts';
import type { LabelDelta, Proposed, SegmentMatch } from '../../core/labelling/index.ts';
import type { SegmentsChange } from './label-edits.ts';
import { shownSegment } from './other-layer.ts';
import { addSegment } from './segments.ts';

/** A proposal of one of its segments alone. */
export function onlyValue({ labels, values }: Proposed, value: number): Proposed {
  const mine = values.get(value);
  return { labels, values: new Map(mine === undefined ? [] : [[value, mine]]) };
}

/** Segments that have the same numbers in both layers. */
export function sameNumbers(segments: readonly Segment[]): SegmentMatch<Segment> {
  return { values: new Map(segments.map(({ value }) => [value, value])), fresh: [] };
}

/** Whether a change paints a segment. */
export function paints({ runs }: LabelDelta, value: number): boolean {
  for (let r = 3; r < runs.length; r += 4) if (runs[r] === value) return true;
  return false;
}

/** Adds segments of a proposal to a table, as ones that nobody has worked on. */
export function adding(fresh: readonly Segment[]): SegmentsChange {
  const segments = fresh.map((segment): Segment => ({ ...shownSegment(segment), state: 'todo', locked: false }));
  return (table) => segments.reduce<readonly Segment[]>((all, segment) => addSegment(segment)(all), table);
}
