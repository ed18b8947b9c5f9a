import { TesseraError } from '../../base/errors.ts';
import { pointToIndex, type Box, type Geometry, type PointLPS, type Triple } from '../../imaging/index.ts';

/** What a person showed of a structure; places in LPS millimetres. A box holds all of it. */
export type Prompt =
  | { readonly kind: 'point'; readonly positive: boolean; readonly point: PointLPS }
  | { readonly kind: 'scribble'; readonly positive: boolean; readonly points: readonly PointLPS[] }
  | { readonly kind: 'box'; readonly from: PointLPS; readonly to: PointLPS };

/** Prompts as voxels of a scan. They do not depend on the order of the prompts. */
export interface Marks {
  /** Linear indices, rising; those that were marked both ways are negative. */
  readonly positive: readonly number[];
  readonly negative: readonly number[];
  /** Clicks and scribbles. */
  readonly gestures: number;
  /** The boxes that were drawn. */
  readonly boxes: readonly Box[];
}

/** @throws TesseraError `bad-setting` for a place outside the scan, and when nothing shows what is meant */
export function marksOf(prompts: readonly Prompt[], geometry: Geometry): Marks {
  const positive = new Set<number>();
  const negative = new Set<number>();
  const boxes: Box[] = [];
  for (const prompt of prompts) {
    if (prompt.kind === 'box') {
      boxes.push(boxBetween(geometry, prompt.from, prompt.to));
      continue;
    }
    const places = prompt.kind === 'point' ? [prompt.point] : prompt.points;
    const voxels = places.map((point) => voxelAt(geometry, point));
    const marked = prompt.positive ? positive : negative;
    voxels.forEach((voxel, n) => {
      for (const passed of line(voxels[n - 1] ?? voxel, voxel)) marked.add(linear(passed, geometry.dims));
    });
  }
  for (const voxel of negative) positive.delete(voxel);
  if (positive.size === 0 && boxes.length === 0)
    throw new TesseraError('bad-setting', 'Nothing shows which structure is meant.', {
      subject: 'prompts',
      advice: 'Click into the structure, or draw a box around it.',
    });
  const rising = (a: number, b: number): number => a - b;
  const order = ({ start, size }: Box): number[] => [...start, ...size];
  boxes.sort(
    (a, b) =>
      order(a)
        .map((x, n) => x - (order(b)[n] ?? 0))
        .find((x) => x !== 0) ?? 0,
  );
  return { positive: [...positive].sort(rising), negative: [...negative].sort(rising), gestures: prompts.length - boxes.length, boxes };
}

/** The voxels between two places, as far as the scan goes. @throws TesseraError `bad-setting` when they lie outside it */
export function boxBetween(geometry: Geometry, from: PointLPS, to: PointLPS): Box {
  const [a, b] = [pointToIndex(geometry, from), pointToIndex(geometry, to)];
  const ends = ([0, 1, 2] as const).map((axis) => {
    const low = Math.max(0, Math.round(Math.min(a[axis], b[axis])));
    const high = Math.min(geometry.dims[axis] - 1, Math.round(Math.max(a[axis], b[axis])));
    if (!(high >= low)) throw outside();
    return [low, high - low + 1] as const;
  });
  const part = (n: 0 | 1): Triple => [ends[0]?.[n] ?? 0, ends[1]?.[n] ?? 0, ends[2]?.[n] ?? 0];
  return { start: part(0), size: part(1) };
}

export function linear([i, j, k]: Triple, dims: Triple): number {
  return i + dims[0] * (j + dims[1] * k);
}

export function voxelOf(at: number, [nx, ny]: Triple): Triple {
  return [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
}

function voxelAt(geometry: Geometry, point: PointLPS): Triple {
  const index = pointToIndex(geometry, point);
  const voxel: Triple = [Math.round(index[0]), Math.round(index[1]), Math.round(index[2])];
  if (!voxel.every((n, axis) => n >= 0 && n < (geometry.dims[axis] ?? 0))) throw outside();
  return voxel;
}

/** Voxels on the way, both ends among them. */
function line(from: Triple, to: Triple): Triple[] {
  const steps = Math.max(...from.map((a, axis) => Math.abs((to[axis] ?? 0) - a)));
  const at = (n: number, axis: 0 | 1 | 2): number => Math.round(from[axis] + (steps === 0 ? 0 : (n / steps) * (to[axis] - from[axis])));
  return Array.from({ length: steps + 1 }, (_, n) => [at(n, 0), at(n, 1), at(n, 2)]);
}

function outside(): TesseraError {
  return new TesseraError('bad-setting', 'A prompt lies outside the scan.', { subject: 'prompts', advice: 'Mark places inside the scan.' });
}
