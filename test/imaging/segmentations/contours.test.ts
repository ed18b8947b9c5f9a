import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlines, signedArea, type Polygon } from '../../../core/imaging/segmentations/contours.ts';
import { fillContours, fillPolygon } from '../../../core/imaging/segmentations/fill-polygon.ts';

const picture = (...lines: readonly string[]): { slice: Uint8Array; columns: number; rows: number } => ({
  slice: Uint8Array.from([...lines.join('')].map((c) => (c === '#' ? 1 : 0))),
  columns: lines[0]?.length ?? 0,
  rows: lines.length,
});

const square = (from: number, to: number): Polygon => [
  [from, from],
  [to, from],
  [to, to],
  [from, to],
];

describe('outlines of pixels', () => {
  it('give the same pixels when filled, holes and islands in holes included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.constantFrom(0, 1, 1, 1, 2), { minLength: 1, maxLength: 144 }),
        (columns, values) => {
          const rows = Math.ceil(values.length / columns);
          const slice = Uint8Array.from({ length: columns * rows }, (_, i) => values[i] ?? 0);
          const polygons = outlines(slice, columns, rows, 1);
          const { pixels } = fillContours(polygons, columns, rows);
          expect([...pixels]).toEqual([...slice.keys()].filter((i) => slice[i] === 1));
          // Each alone is a piece that the others do not share, so that readers which join contours see the same.
          const united = new Set(polygons.flatMap((polygon) => [...fillPolygon(polygon, columns, rows)]));
          expect(united.size).toBe(pixels.length);
        },
      ),
      { numRuns: 300, seed: 11 },
    );
  });

  it('follow pixel edges: a square of 2 × 2 pixels has four corners half a pixel outside of their centres', () => {
    const { slice, columns, rows } = picture('....', '.##.', '.##.', '....');
    const [outline, ...more] = outlines(slice, columns, rows, 1);
    expect(more).toHaveLength(0);
    expect(new Set(outline?.map(String))).toEqual(new Set(['0.5,0.5', '2.5,0.5', '2.5,2.5', '0.5,2.5']));
    expect(signedArea(outline ?? [])).toBe(4);
  });

  it('tie a hole to its outline: one polygon, whose area is without the hole', () => {
    const { slice, columns, rows } = picture('#####', '#.#.#', '#####');
    const polygons = outlines(slice, columns, rows, 1);
    expect(polygons).toHaveLength(1);
    expect(signedArea(polygons[0] ?? [])).toBe(13);
  });
});

describe('contours of one structure in one slice', () => {
  it('count a repeated contour once, whatever its start and direction', () => {
    const [a, b, c, d] = square(-0.4, 3.4);
    const twice = [square(-0.4, 3.4), [c, d, a, b], [d, c, b, a]] as readonly Polygon[];
    const { pixels, repeated } = fillContours(twice, 6, 6);
    expect(pixels).toHaveLength(16);
    expect(repeated).toBe(2);
  });

  it('make a hole of one within another, tissue of one within the hole, and join those that overlap in part', () => {
    expect(fillContours([square(2.6, 3.4), square(-0.4, 6.4), square(0.6, 5.4)], 8, 8).pixels).toHaveLength(49 - 25 + 1);
    const overlapping = fillContours([square(-0.4, 3.4), square(2.6, 5.4)], 8, 8).pixels;
    expect(overlapping).toHaveLength(16 + 9 - 1);
  });

  it('cut off what lies outside of the slice', () => {
    expect(fillPolygon(square(-1000, 1000), 3, 2)).toHaveLength(6);
    expect(fillPolygon(square(10, 20), 3, 2)).toHaveLength(0);
  });
});
