import type { LayerSegment } from '../../workspace/index.ts';
import type { Segment } from '../api/layers.ts';
import { segmentColour } from '../../labelling/segment-colours.ts';

/** The segments of a table in the API's words; the background is none. */
export function segmentDocuments(table: readonly LayerSegment[]): Segment[] {
  return table.filter(({ value }) => value > 0).map(segmentDocument);
}

/**
 * The table of these segments. What is as before stays as it was written, so that a default is not taken for a choice; so does an entry of the
 * background.
 */
export function tableOf(segments: readonly Segment[], before: readonly LayerSegment[]): LayerSegment[] {
  const known = new Map(before.map((entry) => [entry.value, entry]));
  const background = before.filter(({ value }) => value === 0);
  return [...background, ...segments.map((segment) => entryOf(segment, known.get(segment.value)))];
}

function segmentDocument({ value, name, colour, code, state, locked, hidden }: LayerSegment): Segment {
  return {
    value,
    name,
    colour: colour ?? segmentColour(value),
    ...(code === undefined ? {} : { code: { ...code } }),
    state: state ?? 'todo',
    locked: locked ?? false,
    ...(hidden === true ? { hidden } : {}),
  };
}

function entryOf(segment: Segment, before: LayerSegment | undefined): LayerSegment {
  const { value, name, colour, code, state, locked, hidden } = segment;
  const entry = {
    value,
    name,
    colour,
    ...(code === undefined ? {} : { code: { value: code.value, scheme: code.scheme, meaning: code.meaning } }),
    ...(state === 'todo' ? {} : { state }),
    ...(locked ? { locked } : {}),
    ...(hidden === true ? { hidden } : {}),
  };
  const same = before !== undefined && JSON.stringify(segmentDocument(before)) === JSON.stringify(segmentDocument(entry));
  return same ? before : entry;
}
