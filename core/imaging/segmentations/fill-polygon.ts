import type { PlanePoint, Polygon } from './contours.ts';

/** More crossings than this make no contour that a person or program drew. */
const MOST_CROSSINGS = 20_000_000;

/**
 * The pixels whose centres lie inside a polygon by the even-odd rule; on its edge, the left and upper ones count.
 * @returns indices column + columns · row, rising
 * @throws RangeError when the polygon is absurdly long
 */
export function fillPolygon(polygon: Polygon, columns: number, rows: number): Uint32Array {
  const crossings = new Map<number, number[]>();
  let count = 0;
  for (let p = 0; p < polygon.length; p++) {
    const [x0, y0] = polygon[p] as PlanePoint;
    const [x1, y1] = polygon[(p + 1) % polygon.length] as PlanePoint;
    if (y0 === y1) continue;
    const first = Math.max(0, Math.ceil(Math.min(y0, y1)));
    const end = Math.min(rows, Math.ceil(Math.max(y0, y1)));
    const slope = (x1 - x0) / (y1 - y0);
    count += Math.max(0, end - first);
    if (count > MOST_CROSSINGS) throw new RangeError('a polygon with too many edges');
    for (let row = first; row < end; row++) {
      const x = x0 + (row - y0) * slope;
      const list = crossings.get(row);
      if (list === undefined) crossings.set(row, [x]);
      else list.push(x);
    }
  }
  const pixels: number[] = [];
  for (const row of [...crossings.keys()].sort((a, b) => a - b)) {
    const list = (crossings.get(row) ?? []).sort((a, b) => a - b);
    for (let c = 0; c + 1 < list.length; c += 2) {
      const end = Math.min(columns, Math.ceil(list[c + 1] as number));
      for (let column = Math.max(0, Math.ceil(list[c] as number)); column < end; column++) pixels.push(column + columns * row);
    }
  }
  return Uint32Array.from(pixels);
}

/**
 * The pixels that the contours of one structure enclose in one slice. A contour within another is a hole, one within a hole is tissue
 * again; a contour that encloses the same pixels as another, with other start points or direction, counts once; contours that overlap in
 * part are joined.
 */
export function fillContours(contours: readonly Polygon[], columns: number, rows: number): { pixels: Uint32Array; repeated: number } {
  const filled = contours.map((contour) => fillPolygon(contour, columns, rows)).filter((pixels) => pixels.length > 0);
  filled.sort((a, b) => b.length - a.length);
  const inside = new Uint8Array(columns * rows);
  const kept: Uint32Array[] = [];
  let repeated = 0;
  for (const pixels of filled) {
    if (kept.some((other) => samePixels(other, pixels))) {
      repeated++;
      continue;
    }
    kept.push(pixels);
    const value = pixels.every((pixel) => inside[pixel] === 1) ? 0 : 1;
    for (const pixel of pixels) inside[pixel] = value;
  }
  const result: number[] = [];
  for (const pixel of kept.flatMap((pixels) => [...pixels])) {
    if (inside[pixel] !== 1) continue;
    result.push(pixel);
    inside[pixel] = 2;
  }
  return { pixels: Uint32Array.from(result).sort(), repeated };
}

const samePixels = (a: Uint32Array, b: Uint32Array): boolean => a.length === b.length && a.every((pixel, i) => pixel === b[i]);
