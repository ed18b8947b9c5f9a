import type { PointLPS, Triple } from '../../core/imaging/volume.ts';

/** A plane in the patient: a point of it and its unit normal. */
export interface CutPlane {
  readonly origin: PointLPS;
  readonly normal: Triple;
}

/** A slice as a view shows it: a point of it, and unit vectors to the right and the top of the screen. */
export interface ShownSlice {
  readonly middle: PointLPS;
  readonly right: Triple;
  readonly up: Triple;
}

/** Planes that meet at a smaller angle (its sine) are taken for parallel. */
const PARALLEL = 1e-3;

/**
 * The line in which a plane cuts a slice.
 * @param reach millimetres from the point that is nearest to the slice's middle to either end
 * @returns both ends as millimetres to the right and up from the slice's middle; undefined where the planes are parallel
 */
export function cutLine(plane: CutPlane, slice: ShownSlice, reach: number): readonly [PlaceInSlice, PlaceInSlice] | undefined {
  const [a, b] = [dot(plane.normal, slice.right), dot(plane.normal, slice.up)];
  const squared = a * a + b * b;
  if (Math.sqrt(squared) < PARALLEL) return undefined;
  const offset: Triple = [plane.origin[0] - slice.middle[0], plane.origin[1] - slice.middle[1], plane.origin[2] - slice.middle[2]];
  const distance = dot(plane.normal, offset);
  const [x, y] = [(a * distance) / squared, (b * distance) / squared];
  const along = reach / Math.sqrt(squared);
  return [
    { right: x - b * along, up: y + a * along },
    { right: x + b * along, up: y - a * along },
  ];
}

export interface PlaceInSlice {
  readonly right: number;
  readonly up: number;
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
