import { cross, dot, norm, scale } from '../affine.ts';
import { warning, type Finding } from '../finding.ts';
import { geometryFromLPS } from '../geometry.ts';
import { affineFromColumns } from '../affine.ts';
import { sliceSpacingOf } from '../spacing-along.ts';
import type { Geometry, Triple } from '../volume.ts';
import { normalOf, type DicomFrame } from './image.ts';

export interface DicomPlacement {
  readonly geometry: Geometry;
  readonly findings: readonly Finding[];
}

/** Below this many degrees a stack counts as straight: positions with two decimals give a few hundredths. */
const SMALLEST_TILT = 0.1;
/** A slice may lie this share of a pixel beside the line from the first slice to the last. */
const LARGEST_SIDESTEP = 0.5;

/**
 * The grid of a stack of slices from the places of the first and the last, so that both lie exactly where the header says; the third
 * axis leans where the gantry was tilted. Distances from SliceThickness or SpacingBetweenSlices are never believed but for one slice.
 * @param slices by position along the normal
 * @param positions millimetres along the normal
 * @throws TesseraError `bad-geometry` when the affine cannot be used
 */
export function placementOf(slices: readonly DicomFrame[], positions: readonly number[], subject: string): DicomPlacement {
  const findings: Finding[] = [];
  const [first, last] = [slices[0], slices.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a stack without slices');
  const axes = first.axes ?? UPRIGHT;
  const normal = normalOf(axes);
  const start = first.position ?? [0, 0, 0];
  const steps = slices.length - 1;

  let step = scale(normal, steps > 0 ? ((positions.at(-1) ?? 0) - (positions[0] ?? 0)) / steps : (first.sliceSpacing ?? 1));
  if (steps === 0 && first.sliceSpacing === undefined)
    findings.push(warning('spacing-assumed', 'The one slice has no thickness; 1 mm was assumed.'));
  if (steps > 0 && last.position !== undefined) {
    step = scale(difference(last.position, start), 1 / steps);
    findings.push(...sidesteps(slices, positions, step), ...tilt(step, normal, axes, steps), ...unevenness(positions));
  }
  if (first.pixelSpacing === undefined) findings.push(warning('spacing-assumed', 'The pictures have no pixel spacing; 1 mm was assumed.'));
  const [di, dj] = first.pixelSpacing ?? [1, 1];
  const affine = affineFromColumns(scale(axes[0], di), scale(axes[1], dj), step, start);
  return { geometry: geometryFromLPS(affine, [first.columns, first.rows, slices.length], subject), findings };
}

const UPRIGHT: readonly [Triple, Triple] = [
  [1, 0, 0],
  [0, 1, 0],
];

function tilt(step: Triple, normal: Triple, [row, column]: readonly [Triple, Triple], steps: number): Finding[] {
  const degrees = (Math.atan2(norm(cross(step, normal)), dot(step, normal)) * 180) / Math.PI;
  if (degrees < SMALLEST_TILT) return [];
  const shift = Math.hypot(dot(step, row), dot(step, column)) * steps;
  const message = `The slices lean by ${degrees.toFixed(1)}° (gantry tilt): the last lies ${shift.toFixed(1)} mm beside the first. The geometry is exact; a straight grid can be made of it.`;
  return [warning('gantry-tilt', message, 'straighten')];
}

function unevenness(positions: readonly number[]): Finding[] {
  const { mean, usual, deviation, missing, even } = sliceSpacingOf(positions);
  if (even) return [];
  const up = `Slices are taken as ${mean.toFixed(3)} mm apart, which puts them up to ${deviation.toFixed(2)} mm away from their place.`;
  if (missing.length === 0) {
    const gaps = positions.slice(1).map((p, i) => p - (positions[i] ?? 0));
    const message = `The distance between slices varies from ${Math.min(...gaps).toFixed(2)} to ${Math.max(...gaps).toFixed(2)} mm. ${up}`;
    return [warning('uneven-spacing', message, 'even-spacing')];
  }
  const total = missing.reduce((sum, { slices }) => sum + slices, 0);
  const between = missing.slice(0, 3).map(({ after }) => `${after + 1} and ${after + 2}`);
  const places = between.join(', ') + (missing.length > 3 ? ' and elsewhere' : '');
  const message = `${total} ${total === 1 ? 'slice is' : 'slices are'} missing between ${places} (${usual.toFixed(2)} mm apart). ${up}`;
  return [warning('missing-slices', message, 'even-spacing')];
}

/** Slices that lie beside the line through the others: no affine can hold them. */
function sidesteps(slices: readonly DicomFrame[], positions: readonly number[], step: Triple): Finding[] {
  const [first] = slices;
  if (first?.position === undefined || first.axes === undefined) return [];
  const normal = normalOf(first.axes);
  const perMillimetre = scale(step, 1 / dot(step, normal));
  let largest = 0;
  for (const [k, slice] of slices.entries()) {
    const expected = scale(perMillimetre, (positions[k] ?? 0) - (positions[0] ?? 0));
    const off = difference(difference(slice.position ?? first.position, first.position), expected);
    largest = Math.max(largest, norm(off));
  }
  if (largest <= LARGEST_SIDESTEP * Math.min(...(first.pixelSpacing ?? [1, 1]))) return [];
  return [
    warning(
      'shifted-slices',
      `Slices are shifted in their plane against each other by up to ${largest.toFixed(2)} mm; this is not corrected.`,
    ),
  ];
}

const difference = (a: Triple, b: Triple): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
