import type { Geometry, Triple } from '../../core/imaging/volume.ts';
import type { EdgeLetters, Plane, Ruler } from './contract.ts';
import { cross, dot, plus, scaled, unit, voxelAxes, type Axis } from './grid.ts';

/** How a plane lies on the screen: unit vectors in LPS. */
export interface PlaneDirections {
  readonly right: Triple;
  readonly up: Triple;
  /** Into the screen: right × up, reversed. */
  readonly away: Triple;
}

export interface SlicePlane extends PlaneDirections {
  /** The voxel axis across the slices, and those along the screen. */
  readonly axis: Axis;
  readonly across: Axis;
  readonly upwards: Axis;
  /** Whether `axis` grows towards left, posterior, superior (1) or against it (-1). */
  readonly towards: 1 | -1;
}

/** Patient axes (x = 0, y = 1, z = 2) of a radiological picture: which goes to the right, which up and which way, which across. */
const screens: Readonly<Record<Plane, { readonly right: Axis; readonly up: Axis; readonly upSign: 1 | -1; readonly across: Axis }>> = {
  axial: { right: 0, up: 1, upSign: -1, across: 2 },
  coronal: { right: 0, up: 2, upSign: 1, across: 1 },
  sagittal: { right: 1, up: 2, upSign: 1, across: 0 },
};

/**
 * How an orthogonal view shows a grid: along the voxel axes nearest to the patient's, never mirrored, whatever the order, sign and
 * handedness of the file's axes. In a sheared grid (gantry tilt) the axis to the right is followed and `up` stands at a right angle to it.
 */
export function slicePlane(geometry: Geometry, plane: Plane): SlicePlane {
  const screen = screens[plane];
  const axes = voxelAxes(geometry);
  const of = (patientAxis: Axis): { readonly axis: Axis; readonly sign: 1 | -1 } => axes[patientAxis] ?? { axis: patientAxis, sign: 1 };
  const [across, upwards, through] = [of(screen.right), of(screen.up), of(screen.across)];
  const right = unit(scaled(geometry.direction[across.axis], across.sign));
  const slanted = scaled(geometry.direction[upwards.axis], upwards.sign * screen.upSign);
  const up = unit(plus(slanted, right, -dot(slanted, right)));
  return { axis: through.axis, across: across.axis, upwards: upwards.axis, towards: through.sign, right, up, away: cross(up, right) };
}

/** A direction within this cosine of a patient axis' right angle is not named after that axis: about 15 degrees. */
const SLIGHT = 0.26;
const ENDS: readonly (readonly [string, string])[] = [
  ['L', 'R'],
  ['P', 'A'],
  ['S', 'I'],
];

/** The letters of a direction in LPS, the strongest first: 'L', or 'LA' when it leans to the front by more than 15 degrees. */
export function lettersOf(direction: Triple): string {
  return direction
    .map((cosine, axis) => ({ size: Math.abs(cosine), letter: ENDS[axis]?.[cosine < 0 ? 1 : 0] ?? '' }))
    .filter(({ size }) => size > SLIGHT)
    .sort((a, b) => b.size - a.size)
    .map(({ letter }) => letter)
    .join('');
}

export function edgeLetters({ right, up }: PlaneDirections): EdgeLetters {
  return { right: lettersOf(right), left: lettersOf(scaled(right, -1)), top: lettersOf(up), bottom: lettersOf(scaled(up, -1)) };
}

/** A ruler is about this long on the screen, and a 1, 2 or 5 with zeros. */
const RULER_PIXELS = 120;

export function rulerFor(millimetresPerPixel: number): Ruler {
  const longest = RULER_PIXELS * millimetresPerPixel;
  const power = 10 ** Math.floor(Math.log10(longest));
  const step = [5, 2, 1].find((factor) => factor * power <= longest) ?? 1;
  return { millimetres: step * power, pixels: (step * power) / millimetresPerPixel };
}
