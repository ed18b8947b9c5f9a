import type { Geometry, Triple } from '../../core/imaging/volume.ts';
import { planeAxes } from '../../core/labelling/index-space.ts';
import type { Axis, Placement } from '../../core/labelling/index.ts';
import type { SliceView } from '../scene/index.ts';

/** How a slice view lies in the scan: tools for a whole segment go by it. */
export interface SegmentPlane {
  /** The axis across the slices that are looked at. */
  readonly across: Axis;
  /** The axis nearest to the patient's left and right. */
  readonly leftRight: Axis;
  /** 1 where a right-handed turn about the axis across the slices is clockwise on the screen. */
  readonly clockwise: 1 | -1;
}

/** @param view undefined: as if the slices across k were looked at */
export function segmentPlane(geometry: Geometry, view: Pick<SliceView, 'axis' | 'directions'> | undefined): SegmentPlane {
  const across = view?.axis ?? 2;
  const { direction } = geometry;
  const along = direction.map(([x]) => Math.abs(x));
  const leftRight = along.indexOf(Math.max(...along));
  const [u, v] = planeAxes(across);
  // From the first axis of the slice to the second is right-handed about the third, but for the one in the middle.
  const righthanded = across === 1 ? -1 : 1;
  const { right, up } = view?.directions ?? { right: direction[0], up: scaled(direction[1], -1) };
  const down = scaled(up, -1);
  const turn = dot(right, direction[u]) * dot(down, direction[v]) - dot(right, direction[v]) * dot(down, direction[u]);
  return { across, leftRight: leftRight === 1 || leftRight === 2 ? leftRight : 0, clockwise: turn * righthanded < 0 ? -1 : 1 };
}

/** Whole voxels nearest to millimetres towards the patient's left, back and head. */
export function shiftBy({ direction, spacing }: Pick<Geometry, 'direction' | 'spacing'>, millimetres: Triple): Placement {
  // Minus zero would be told apart from zero by some.
  const along = (axis: Axis): number => Math.round(dot(direction[axis], millimetres) / spacing[axis]) + 0;
  return { kind: 'shift', by: [along(0), along(1), along(2)] };
}

/** A turn in the slices that are looked at, about the middle of the segment. */
export function turnBy({ across, clockwise }: SegmentPlane, degrees: number): Placement {
  const along = (axis: Axis): number => (axis === across ? clockwise : 0);
  return { kind: 'rotate', degrees, about: [along(0), along(1), along(2)] };
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function scaled(a: Triple, factor: number): Triple {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}
