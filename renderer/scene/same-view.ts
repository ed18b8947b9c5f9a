import type { Triple } from '../../core/imaging/volume.ts';
import type { SliceCamera } from './contract.ts';
import { dot, minus } from './grid.ts';

/** Millimetres that nobody sees. */
const NOTHING = 1e-3;

/** Whether two cameras see the same part of a slice; which slice is no matter. @param directions of the slice, unit vectors */
export function sameView(directions: { readonly right: Triple; readonly up: Triple }, a: SliceCamera, b: SliceCamera): boolean {
  const offset = minus(a.centre, b.centre);
  const { right, up } = directions;
  return a.millimetresPerPixel === b.millimetresPerPixel && Math.abs(dot(offset, right)) + Math.abs(dot(offset, up)) < NOTHING;
}
