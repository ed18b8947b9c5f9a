import type { Box, Triple } from '../../imaging/index.ts';
import { connectedTo } from './connected-to.ts';
import type { FeatureSpace } from './feature-space.ts';
import { kriging, type Example, type Reach } from './kriging.ts';
import { voxelOf, type Marks } from './marks.ts';
import { randomWalk } from './random-walk.ts';
import type { SeenValues } from './seen-values.ts';
import { smoothValues } from './smooth-values.ts';
import { placeOf, workingGrid, type WorkingGrid } from './working-grid.ts';

/** A scan as prompts are answered on it. */
export interface PromptScan {
  readonly seen: SeenValues;
  readonly space: FeatureSpace;
  /** All of it, coarsely. */
  readonly whole: WorkingGrid;
}

/** Voxels of the look at the whole scan, and of the closer one. */
const COARSE = 40_000;
const FINE = 160_000;
/** What is said of a place, from which on the closer look takes it in. */
const WORTH_A_LOOK = -0.3;
/** Examples of each kind that are asked at most; a long scribble has more voxels. */
const MOST_EXAMPLES = 40;
const REACH = { codes: 0.65, values: 1.1 };
/** Reach in space, as a part of the longest side of the scan. */
const REACH_IN_SPACE = 0.25;
/** Each click more is meant more for its surroundings, up to a share: the first shows the structure, later ones correct its border. */
const NEARBY_EACH = 0.12;
const NEARBY_AT_MOST = 0.5;

export function promptScan(seen: SeenValues, space: FeatureSpace): PromptScan {
  return { seen, space, whole: workingGrid(seen, { start: [0, 0, 0], size: seen.geometry.dims }, space, COARSE) };
}

/**
 * The structure that some marks show: one look at the whole scan tells where it may lie, a closer one there what belongs to it, and a random
 * walk where it ends. Marked voxels are as they were marked, and what does not hang together with a positive one is left out.
 * @param within where it may lie; anywhere unless given
 * @returns 1 in the structure, on the scan's grid
 */
export function proposal({ seen, space, whole }: PromptScan, marks: Marks, within?: Box): Uint8Array {
  const { dims } = seen.geometry;
  const limit = commonBox(within ?? { start: [0, 0, 0], size: dims }, marks.boxes);
  const first = kriging(whole, smoothValues(whole), examplesOn(whole, marks, dims), reachIn(seen, marks));
  const worth = Uint8Array.from(first, (said) => (said > WORTH_A_LOOK ? 1 : 0));
  const from = positivePlaces(whole, marks, dims);
  const box = limited(boxAround(connectedTo(from, worth, whole.dims), whole, dims), limit);
  const grid = workingGrid(seen, box, space, FINE);
  const said = kriging(grid, smoothValues(grid), examplesOn(grid, marks, dims), reachIn(seen, marks));
  const chance = randomWalk(grid, said, fixedOn(grid, marks, dims));
  const likely = Uint8Array.from(chance, (c) => (c > 0.5 ? 1 : 0));
  return onScan(connectedTo(positivePlaces(grid, marks, dims), likely, grid.dims), grid, box, marks, dims);
}

function reachIn({ geometry: { dims, spacing } }: SeenValues, { gestures }: Marks): Reach {
  const space = REACH_IN_SPACE * Math.max(dims[0] * spacing[0], dims[1] * spacing[1], dims[2] * spacing[2]);
  return { ...REACH, space, nearby: Math.min(NEARBY_AT_MOST, NEARBY_EACH * Math.max(1, gestures)) };
}

/** What marks say on a grid, a place once. Of a box: its middle is in the structure, the middles of its faces and its corners are not. */
function examplesOn(grid: WorkingGrid, marks: Marks, dims: Triple): Example[] {
  const negative = thinned(marks.negative).map((at) => placeOf(grid, voxelOf(at, dims)));
  for (const { start, size } of marks.boxes)
    for (const a of [0, 1, 2])
      for (const b of [0, 1, 2])
        for (const c of [0, 1, 2]) {
          const middles = [a, b, c].filter((side) => side === 1).length;
          if (middles !== 2 && middles !== 0) continue;
          const along = (side: number, axis: 0 | 1 | 2): number => start[axis] + Math.round((side / 2) * (size[axis] - 1));
          negative.push(placeOf(grid, [along(a, 0), along(b, 1), along(c, 2)]));
        }
  const positive = positivePlaces(grid, marks, dims, MOST_EXAMPLES);
  const example =
    (kind: boolean) =>
    (place: number): Example => ({ place, positive: kind });
  return [...[...new Set(positive)].map(example(true)), ...[...new Set(negative)].map(example(false))];
}

/** Where the structure is for certain, or, where a box is all there is, most likely. */
function positivePlaces(grid: WorkingGrid, marks: Marks, dims: Triple, most = Infinity): number[] {
  if (marks.positive.length > 0) return thinned(marks.positive, most).map((at) => placeOf(grid, voxelOf(at, dims)));
  return marks.boxes.map(({ start, size }) =>
    placeOf(grid, [start[0] + Math.floor(size[0] / 2), start[1] + Math.floor(size[1] / 2), start[2] + Math.floor(size[2] / 2)]),
  );
}

/** Some of them, evenly. */
function thinned(voxels: readonly number[], most = MOST_EXAMPLES): readonly number[] {
  if (voxels.length <= most) return voxels;
  return Array.from({ length: most }, (_, n) => voxels[Math.floor(((n + 0.5) * voxels.length) / most)] ?? 0);
}

/** Working voxels that hold marks of one kind only. */
function fixedOn(grid: WorkingGrid, marks: Marks, dims: Triple): Int8Array {
  const fixed = new Int8Array(grid.values.length);
  const inside = (at: number): boolean => holds(grid, voxelOf(at, dims));
  for (const at of marks.positive) if (inside(at)) fixed[placeOf(grid, voxelOf(at, dims))] = 1;
  for (const at of marks.negative) {
    if (!inside(at)) continue;
    const place = placeOf(grid, voxelOf(at, dims));
    fixed[place] = fixed[place] === 1 ? 0 : -1;
  }
  return fixed;
}

function holds({ start, stride, dims }: WorkingGrid, voxel: Triple): boolean {
  return voxel.every((n, axis) => n >= (start[axis] ?? 0) && n < (start[axis] ?? 0) + (dims[axis] ?? 0) * (stride[axis] ?? 1));
}

/** The box of marked working voxels and two more around them, in voxels of the scan. */
function boxAround(marked: Uint8Array, { dims, start, stride }: WorkingGrid, scan: Triple): Box {
  const low = [Infinity, Infinity, Infinity];
  const high = [-1, -1, -1];
  for (let v = 0; v < marked.length; v++) {
    if (marked[v] === 0) continue;
    voxelOf(v, dims).forEach((n, axis) => {
      low[axis] = Math.min(low[axis] ?? n, n);
      high[axis] = Math.max(high[axis] ?? n, n);
    });
  }
  const from = (axis: 0 | 1 | 2): number => Math.max(0, start[axis] + ((low[axis] ?? 0) - 2) * stride[axis]);
  const to = (axis: 0 | 1 | 2): number => Math.min(scan[axis], start[axis] + ((high[axis] ?? 0) + 3) * stride[axis]);
  return { start: [from(0), from(1), from(2)], size: [to(0) - from(0), to(1) - from(1), to(2) - from(2)] };
}

/** Where the structure may lie: inside a limit and inside the box around all boxes that were drawn. */
function commonBox(limit: Box, boxes: readonly Box[]): Box {
  if (boxes.length === 0) return limit;
  const low = (axis: 0 | 1 | 2): number => Math.min(...boxes.map(({ start }) => start[axis]));
  const high = (axis: 0 | 1 | 2): number => Math.max(...boxes.map(({ start, size }) => start[axis] + size[axis]));
  return limited({ start: [low(0), low(1), low(2)], size: [high(0) - low(0), high(1) - low(1), high(2) - low(2)] }, limit);
}

/** The part of a box inside another, or the other where they have no part in common. */
function limited(box: Box, limit: Box): Box {
  const low = (axis: 0 | 1 | 2): number => Math.max(box.start[axis], limit.start[axis]);
  const size = (axis: 0 | 1 | 2): number => Math.min(box.start[axis] + box.size[axis], limit.start[axis] + limit.size[axis]) - low(axis);
  const common: Box = { start: [low(0), low(1), low(2)], size: [size(0), size(1), size(2)] };
  return common.size.every((n) => n > 0) ? common : limit;
}

function onScan(chosen: Uint8Array, { dims, stride }: WorkingGrid, { start, size }: Box, marks: Marks, scan: Triple): Uint8Array {
  const mask = new Uint8Array(scan[0] * scan[1] * scan[2]);
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++) {
      const from = dims[0] * (Math.floor(j / stride[1]) + dims[1] * Math.floor(k / stride[2]));
      const to = start[0] + scan[0] * (start[1] + j + scan[1] * (start[2] + k));
      for (let i = 0; i < size[0]; i++) mask[to + i] = chosen[from + Math.floor(i / stride[0])] as number;
    }
  for (const at of marks.positive) mask[at] = 1;
  for (const at of marks.negative) mask[at] = 0;
  return mask;
}
