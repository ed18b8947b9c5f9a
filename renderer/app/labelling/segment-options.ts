import { readableName } from '../../state/format.ts';

/** More than this nobody looks through in a menu: such a segment is chosen in the list. */
const MOST = 200;

/** Segments as choices. */
export function segmentOptions(segments: readonly { readonly value: number; readonly name: string }[]): { value: string; label: string }[] {
  return segments.slice(0, MOST).map(({ value, name }) => ({ value: String(value), label: readableName(name) }));
}
