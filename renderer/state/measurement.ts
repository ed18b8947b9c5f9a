import {
  angleAt,
  distance,
  regionStatistics,
  type Plane,
  type PointLPS,
  type RegionStatistics,
  type Triple,
  type VolumeImage,
} from '../scene/index.ts';

export type MeasurementKind = 'distance' | 'angle' | 'rectangle' | 'ellipse';

/** A slice of the grid; `axis` is the voxel axis across it. */
export interface SlicePlace {
  readonly plane: Plane;
  readonly axis: 0 | 1 | 2;
  readonly slice: number;
}

/** A plane of any direction, through the points of what was drawn in it: unit vectors in LPS. */
export interface ObliquePlace {
  readonly plane: 'oblique';
  readonly directions: { readonly right: Triple; readonly up: Triple; readonly away: Triple };
}

/** Where a measurement was drawn; a view that can be drawn in is one, too. */
export type MeasurementPlace = SlicePlace | ObliquePlace;

/** What was drawn. An angle has its vertex in the middle. */
export type Measurement = MeasurementPlace & {
  readonly id: number;
  readonly kind: MeasurementKind;
  readonly points: readonly PointLPS[];
};

/** One that is being drawn: its points so far. */
export type MeasurementDraft = MeasurementPlace & Pick<Measurement, 'kind' | 'points'>;

export const POINTS_NEEDED: Readonly<Record<MeasurementKind, number>> = { distance: 2, angle: 3, rectangle: 2, ellipse: 2 };

/** Millimetres that a point may lie off a plane and still be in it. */
const IN_PLANE = 0.5;

/** The place alone, of a view or a measurement. */
export function placeOf(of: MeasurementPlace): MeasurementPlace {
  return of.plane === 'oblique' ? { plane: of.plane, directions: of.directions } : { plane: of.plane, axis: of.axis, slice: of.slice };
}

/** Whether the next point may be set here: in the same slice, or in the same plane. */
export function goesOn(draft: MeasurementDraft, kind: MeasurementKind, place: MeasurementPlace, point: PointLPS): boolean {
  const [first] = draft.points;
  if (draft.kind !== kind || first === undefined) return false;
  if (draft.plane !== 'oblique') return place.plane !== 'oblique' && draft.axis === place.axis && draft.slice === place.slice;
  if (place.plane !== 'oblique') return false;
  const { away } = place.directions;
  return Math.abs(away[0] * (point[0] - first[0]) + away[1] * (point[1] - first[1]) + away[2] * (point[2] - first[2])) < IN_PLANE;
}

/**
 * Whether a view shows it: a slice what was drawn in this slice, an oblique plane every line that lies in it, wherever that was drawn.
 * @param depthOf how far a point lies from the plane that is shown, in mm
 */
export function liesIn(shape: MeasurementDraft, place: MeasurementPlace, depthOf: (point: PointLPS) => number): boolean {
  if (place.plane !== 'oblique') return shape.plane !== 'oblique' && shape.axis === place.axis && shape.slice === place.slice;
  const line = shape.kind === 'distance' || shape.kind === 'angle';
  return line && shape.points.every((point) => Math.abs(depthOf(point)) < IN_PLANE);
}

export type MeasuredValue =
  | { readonly unit: 'mm' | '°'; readonly value: number }
  /** Undefined while the full grid is not there. */
  | { readonly unit: 'region'; readonly statistics: RegionStatistics | undefined };

/** What a measurement measures. */
export function measure(shape: MeasurementDraft, volume: VolumeImage): MeasuredValue {
  const { kind, points } = shape;
  const [a, b, c] = points;
  if (a === undefined || b === undefined) return { unit: 'mm', value: NaN };
  if (kind === 'distance') return { unit: 'mm', value: distance(a, b) };
  if (kind === 'angle') return { unit: '°', value: c === undefined ? NaN : angleAt(b, a, c) };
  if (shape.plane === 'oblique') return { unit: 'region', statistics: undefined };
  return { unit: 'region', statistics: regionStatistics(volume, { shape: kind, axis: shape.axis, slice: shape.slice, corners: [a, b] }) };
}
