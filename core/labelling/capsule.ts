import { type Triple } from '../imaging/volume.ts';
import { distance, isInGrid } from './index-space.ts';
import { type Axis, type Grid } from './rules.ts';

/** A place of a brush: continuous voxel position and radius in millimetres. */
export interface Dab {
  readonly point: Triple;
  readonly radius: number;
}

/** A stretch of voxels along i. */
export type VisitRun = (i: number, j: number, k: number, length: number) => void;

/**
 * Visits the voxels whose centres a ball covers that moves in a straight line from one place to another while its radius changes evenly (a
 * ball drawn out, or a disc when only one slice of it is asked for), and the voxels that the line itself goes through, so that a brush finer
 * than the voxels paints, too. Centres on the rim count. Nothing outside the grid is visited; voxels may be visited more than once.
 * @param slice only the voxels of this slice
 */
export function eachCapsuleRun(grid: Grid, from: Dab, to: Dab, slice: { axis: Axis; index: number } | undefined, visit: VisitRun): void {
  const step = Math.max(from.radius, to.radius, 4 * Math.min(...grid.spacing));
  // Short pieces have small boxes around them: a long slanted move would visit a box of mostly other voxels.
  const pieces = Math.min(MOST_PIECES, Math.max(1, Math.ceil(distance(grid.spacing, from.point, to.point) / step)));
  let last = from;
  for (let n = 1; n <= pieces; n++) {
    const next = n === pieces ? to : between(from, to, n / pieces);
    eachPieceRun(grid, last, next, slice, visit);
    last = next;
  }
  eachLineVoxel(grid, from.point, to.point, visit);
}

/**
 * A centre at x (millimetres from the first place) is covered when |x - t·s| <= r + t·d for some t in [0, 1]; squared, that is a parabola in t
 * with its lowest point at (x·s + r·d) / (s·s - d·d), or at an end.
 */
function eachPieceRun(
  { dims, spacing }: Grid,
  from: Dab,
  to: Dab,
  slice: { axis: Axis; index: number } | undefined,
  visit: VisitRun,
): void {
  const [p, q] = [from.point, to.point];
  const [si, sj, sk] = spacing;
  const [r, d] = [from.radius + RIM, to.radius - from.radius];
  const [sx, sy, sz] = [(q[0] - p[0]) * si, (q[1] - p[1]) * sj, (q[2] - p[2]) * sk];
  const bend = sx * sx + sy * sy + sz * sz - d * d;
  const inside = (x: number, y: number, z: number): boolean => {
    const along = x * sx + y * sy + z * sz + r * d;
    const here = x * x + y * y + z * z - r * r;
    if (here <= 0 || here + bend - 2 * along <= 0) return true;
    if (bend <= 0 || along <= 0 || along >= bend) return false;
    return here * bend <= along * along;
  };

  const bounds = (axis: Axis): [first: number, last: number] => {
    if (slice?.axis === axis) return [slice.index, slice.index];
    const [a, b] = [r / spacing[axis], (r + d) / spacing[axis]];
    const [low, high] = [Math.min(p[axis] - a, q[axis] - b), Math.max(p[axis] + a, q[axis] + b)];
    return [Math.max(0, Math.ceil(low)), Math.min(dims[axis] - 1, Math.floor(high))];
  };
  const [[i0, i1], [j0, j1], [k0, k1]] = [bounds(0), bounds(1), bounds(2)];
  for (let k = k0; k <= k1; k++) {
    const z = (k - p[2]) * sk;
    for (let j = j0; j <= j1; j++) {
      const y = (j - p[1]) * sj;
      // The shape is convex: what it covers of a row hangs together.
      let first = i0;
      while (first <= i1 && !inside((first - p[0]) * si, y, z)) first++;
      if (first > i1) continue;
      let last = i1;
      while (!inside((last - p[0]) * si, y, z)) last--;
      visit(first, j, k, last - first + 1);
    }
  }
}

function eachLineVoxel({ dims }: Grid, p: Triple, q: Triple, visit: VisitRun): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(q[0] - p[0]), Math.abs(q[1] - p[1]), Math.abs(q[2] - p[2]))));
  for (let n = 0; n <= steps; n++) {
    const [i, j, k] = mix(p, q, n / steps);
    const voxel: Triple = [Math.round(i), Math.round(j), Math.round(k)];
    if (isInGrid(dims, voxel)) visit(...voxel, 1);
  }
}

function between(from: Dab, to: Dab, t: number): Dab {
  return { point: mix(from.point, to.point, t), radius: from.radius + (to.radius - from.radius) * t };
}

function mix(p: Triple, q: Triple, t: number): Triple {
  return [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t, p[2] + (q[2] - p[2]) * t];
}

/** Millimetres that belong to the rim, so that rounding does not decide. */
const RIM = 1e-6;
const MOST_PIECES = 4096;
