import { TesseraError } from '../base/errors.ts';
import { type Triple } from '../imaging/volume.ts';
import { planeAxes } from './index-space.ts';
import { ToolRefusal } from './refusal.ts';
import { type Axis, type Grid } from './rules.ts';

/** A part of a slice: one byte a voxel, not 0 inside; the faster index axis of the slice first. */
export interface PlaneMask {
  readonly width: number;
  readonly height: number;
  readonly inside: Uint8Array;
}

/**
 * The voxels of a slice whose centres lie in a polygon, by the even-odd rule: where its outline crosses itself, parts that are enclosed twice
 * are outside. Centres on the outline are inside. The polygon closes itself and may reach beyond the slice.
 * @param points continuous voxel positions; only the two coordinates along the slice count
 * @throws TesseraError `bad-setting` for fewer than three points, or one that is no number
 */
export function polygonMask({ dims }: Grid, axis: Axis, points: readonly Triple[]): PlaneMask {
  const [u, v] = planeAxes(axis);
  if (points.length < 3) throw new ToolRefusal({ code: 'fewPoints' });
  if (!points.every((point) => point.every(Number.isFinite))) throw new TesseraError('bad-setting', 'A polygon has a point that is none.');
  const [width, height] = [dims[u], dims[v]];
  const inside = new Uint8Array(width * height);
  const fill = (y: number, from: number, to: number): void => {
    const [first, last] = [Math.max(0, Math.ceil(from - RIM)), Math.min(width - 1, Math.floor(to + RIM))];
    if (first <= last) inside.fill(1, first + width * y, last + 1 + width * y);
  };
  const crossings: number[][] = Array.from({ length: height }, () => []);
  points.forEach((point, n) => {
    const next = points[(n + 1) % points.length] ?? point;
    addEdge(crossings, fill, [point[u], point[v]], [next[u], next[v]]);
  });
  crossings.forEach((row, y) => {
    row.sort((a, b) => a - b);
    for (let n = 0; n + 1 < row.length; n += 2) fill(y, row[n] as number, row[n + 1] as number);
  });
  return { width, height, inside };
}

/** Where an edge crosses rows of voxels. It crosses the row that it ends on (downwards), not the one that it begins on, so that a corner counts once. */
function addEdge(crossings: number[][], fill: (y: number, from: number, to: number) => void, a: PlanePoint, b: PlanePoint): void {
  const [[x0, y0], [x1, y1]] = a[1] <= b[1] ? [a, b] : [b, a];
  for (let y = Math.max(0, Math.floor(y0) + 1); y <= Math.min(crossings.length - 1, y1); y++) {
    crossings[y]?.push(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0));
  }
  // The outline itself: a corner, or an edge along a row, is no crossing.
  const y = Math.round(y0);
  if (y < 0 || y >= crossings.length || Math.abs(y0 - y) > RIM) return;
  if (Math.abs(y1 - y0) <= RIM) fill(y, Math.min(x0, x1), Math.max(x0, x1));
  else fill(y, x0, x0);
}

type PlanePoint = readonly [x: number, y: number];
/** Voxels that belong to the outline, so that rounding does not decide. */
const RIM = 1e-6;
