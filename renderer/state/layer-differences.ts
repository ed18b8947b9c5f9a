import type { Segment } from '../api/types.ts';
import type { LabelArray } from '../../core/labelling/index.ts';
import type { SegmentLook } from '../scene/index.ts';

/** What is drawn in one layer only, and where the other says something else. No segment has these colours unless somebody chose them. */
export const DIFFERENCE_COLOURS = { first: '#ffffff', second: '#ff4fd8' } as const;

/** How the marks of {@link differencesOf} look. */
export function differenceLooks(): ReadonlyMap<number, SegmentLook> {
  const look = (colour: string): SegmentLook => ({ colour, opacity: 1, visible: true });
  return new Map([
    [1, look(DIFFERENCE_COLOURS.first)],
    [2, look(DIFFERENCE_COLOURS.second)],
  ]);
}

/**
 * For each voxel 0 where both say the same, 1 where only the first says something, 2 where the second says something else. Names count, not
 * numbers: capitals and spaces at the ends make no difference.
 */
export function differencesOf(
  first: LabelArray,
  firstSegments: readonly Pick<Segment, 'value' | 'name'>[],
  second: LabelArray,
  secondSegments: readonly Pick<Segment, 'value' | 'name'>[],
): Uint8Array<ArrayBuffer> {
  const numbers = new Map<string, number>();
  const tableOf = (segments: readonly Pick<Segment, 'value' | 'name'>[]): Uint16Array => {
    const table = new Uint16Array(65536);
    for (const { value, name } of segments) {
      const key = name.trim().toLowerCase();
      const number = numbers.get(key) ?? numbers.size + 1;
      numbers.set(key, number);
      table[value] = number;
    }
    return table;
  };
  const [one, other] = [tableOf(firstSegments), tableOf(secondSegments)];
  const marks = new Uint8Array(first.length);
  for (let v = 0; v < marks.length; v++) {
    const [here, there] = [one[first[v] as number] as number, other[second[v] as number] as number];
    if (here !== there) marks[v] = there === 0 ? 1 : 2;
  }
  return marks;
}
