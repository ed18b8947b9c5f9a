import { TesseraError } from '../base/errors.ts';
import {
  affineColumn,
  affineDeterminant,
  affineFromColumns,
  applyAffine,
  dot,
  invertAffine,
  norm,
  scale,
  type Affine,
  type AffineRow,
} from './affine.ts';
import { indexIJK, pointLPS, type Geometry, type IndexIJK, type PointLPS, type Triple } from './volume.ts';

/** Two grids may lie this fraction of the smallest voxel edge apart at any corner and still count as one. */
export const DEFAULT_GRID_TOLERANCE = 0.3;

/** Axes closer to one plane than this (volume of the three unit vectors) make a grid that cannot be inverted safely. */
const FLATTEST_DIRECTION = 1e-3;

/** The affine from a voxel position (i, j, k) to LPS millimetres. */
export function affineLPS(geometry: Geometry): Affine {
  const { spacing: s, direction: d } = geometry;
  return affineFromColumns(scale(d[0], s[0]), scale(d[1], s[1]), scale(d[2], s[2]), geometry.origin);
}

/** The affine from a voxel position to RAS millimetres, as NIfTI and nibabel use it. */
export function affineRAS(geometry: Geometry): Affine {
  return flipXY(affineLPS(geometry));
}

/**
 * The geometry of a grid from its affine to LPS millimetres.
 * @throws TesseraError `bad-geometry` when the affine has numbers that are not finite, an axis without length, or axes in one plane.
 */
export function geometryFromLPS(affine: Affine, dims: Triple, subject?: string): Geometry {
  const columns = [affineColumn(affine, 0), affineColumn(affine, 1), affineColumn(affine, 2)] as const;
  const origin = affineColumn(affine, 3);
  const bad = (what: string): TesseraError =>
    new TesseraError('bad-geometry', `has an unusable position in the patient: ${what}.`, {
      ...(subject === undefined ? {} : { subject }),
      advice: 'Write the file again with a correct affine (spacing, origin and directions).',
    });
  if (![...columns.flat(), ...origin].every(Number.isFinite)) throw bad('the affine holds numbers that are not finite');
  const spacing: Triple = [norm(columns[0]), norm(columns[1]), norm(columns[2])];
  if (spacing.some((s) => s < 1e-6)) throw bad('an axis of the affine has no length (spacing 0)');
  const direction = [scale(columns[0], 1 / spacing[0]), scale(columns[1], 1 / spacing[1]), scale(columns[2], 1 / spacing[2])] as const;
  const flatness = Math.abs(affineDeterminant(affineFromColumns(...direction, [0, 0, 0])));
  if (!(flatness > FLATTEST_DIRECTION)) throw bad('the affine is singular, its axes lie in one plane');
  return { dims, spacing, origin: pointLPS(...origin), direction };
}

/** As {@link geometryFromLPS}, from an affine to RAS millimetres. */
export function geometryFromRAS(affine: Affine, dims: Triple, subject?: string): Geometry {
  return geometryFromLPS(flipXY(affine), dims, subject);
}

/** The patient position of a voxel position; fractions lie between voxel centres. */
export function indexToPoint(geometry: Geometry, index: IndexIJK): PointLPS {
  return pointLPS(...applyAffine(affineLPS(geometry), index));
}

/** The (fractional) voxel position of a patient position. */
export function pointToIndex(geometry: Geometry, point: PointLPS): IndexIJK {
  return indexIJK(...applyAffine(inverseAffineLPS(geometry), point));
}

/** The affine from LPS millimetres to voxel positions. @throws TesseraError `bad-geometry` when there is none. */
export function inverseAffineLPS(geometry: Geometry): Affine {
  const inverse = invertAffine(affineLPS(geometry));
  if (inverse === undefined) throw new TesseraError('bad-geometry', 'The grid has axes in one plane and cannot be inverted.');
  return inverse;
}

/** Volume of one voxel in mm³, right for sheared grids too. */
export function voxelVolume(geometry: Geometry): number {
  return Math.abs(affineDeterminant(affineLPS(geometry)));
}

/** True when no two axes deviate from a right angle by more than `tolerance` (cosine). */
export function isOrthogonal(geometry: Geometry, tolerance = 1e-5): boolean {
  const [i, j, k] = geometry.direction;
  return [dot(i, j), dot(j, k), dot(k, i)].every((cosine) => Math.abs(cosine) <= tolerance);
}

/** True when the axes form a left-handed system (the determinant is negative). */
export function isLeftHanded(geometry: Geometry): boolean {
  return affineDeterminant(affineLPS(geometry)) < 0;
}

/**
 * Where the axes point, as three letters: 'RAS' means that i grows towards the patient's Right, j Anterior, k Superior.
 * An oblique axis takes the letter nearest to it, each of the three pairs used once (as nibabel's aff2axcodes).
 */
export function orientationCode(geometry: Geometry): string {
  const axes = nearestPatientAxes(geometry);
  return axes.map(({ axis, sign }) => (LETTERS[axis] ?? '??').charAt(sign > 0 ? 0 : 1)).join('');
}

const LETTERS = ['LR', 'PA', 'SI'];
const PERMUTATIONS: readonly Triple[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** For each of i, j, k: the LPS axis (0, 1, 2) it is nearest to, and the sign along it. */
export function nearestPatientAxes(geometry: Geometry): readonly { readonly axis: number; readonly sign: 1 | -1 }[] {
  const cosine = (voxelAxis: number, patientAxis: number): number => geometry.direction[voxelAxis]?.[patientAxis] ?? 0;
  const fit = (p: Triple): number => p.reduce((sum, axis, i) => sum + Math.abs(cosine(i, axis)), 0);
  const best = PERMUTATIONS.reduce((a, b) => (fit(b) > fit(a) + 1e-9 ? b : a));
  return best.map((axis, i) => ({ axis, sign: cosine(i, axis) < 0 ? -1 : 1 }));
}

/** True when the two grids have the same voxels at the same places; see {@link gridDifference}. */
export function sameGrid(a: Geometry, b: Geometry, tolerance = DEFAULT_GRID_TOLERANCE): boolean {
  return gridDifference(a, b, tolerance) === undefined;
}

/**
 * What sets grid `b` apart from grid `a`, in words, or undefined when they are one grid: equal sizes, and every corner voxel
 * within `tolerance` × the smallest spacing of `a`.
 */
export function gridDifference(a: Geometry, b: Geometry, tolerance = DEFAULT_GRID_TOLERANCE): string | undefined {
  const text = (t: Triple): string => t.map((v) => Number(v.toFixed(4))).join(' × ');
  if (a.dims.some((n, axis) => n !== b.dims[axis])) return `it has ${text(b.dims)} voxels instead of ${text(a.dims)}`;
  const distance = largestCornerDistance(a, b);
  if (distance <= tolerance * Math.min(...a.spacing)) return undefined;

  const [codeA, codeB] = [orientationCode(a), orientationCode(b)];
  if (codeA !== codeB) return `its axes point ${codeB} instead of ${codeA}`;
  if (a.spacing.some((s, axis) => Math.abs(s / (b.spacing[axis] ?? NaN) - 1) > 0.002)) {
    return `its spacing is ${text(b.spacing)} mm instead of ${text(a.spacing)} mm`;
  }
  const shift = norm([a.origin[0] - b.origin[0], a.origin[1] - b.origin[1], a.origin[2] - b.origin[2]]);
  if (shift > 0.5 * distance) return `its first voxel lies ${shift.toFixed(2)} mm away`;
  return `it is turned, up to ${distance.toFixed(2)} mm at a corner`;
}

function largestCornerDistance(a: Geometry, b: Geometry): number {
  const [toA, toB] = [affineLPS(a), affineLPS(b)];
  const ends = a.dims.map((n) => [0, n - 1]);
  let largest = 0;
  for (const i of ends[0] ?? [])
    for (const j of ends[1] ?? [])
      for (const k of ends[2] ?? []) {
        const [p, q] = [applyAffine(toA, [i, j, k]), applyAffine(toB, [i, j, k])];
        largest = Math.max(largest, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
      }
  return largest;
}

/** RAS and LPS differ by the sign of x and y; the change is its own inverse. */
function flipXY(a: Affine): Affine {
  // 0 − x, not −x: no −0 shows up in numbers that people read.
  const negate = (r: AffineRow): AffineRow => [0 - r[0], 0 - r[1], 0 - r[2], 0 - r[3]];
  return [negate(a[0]), negate(a[1]), a[2]];
}
