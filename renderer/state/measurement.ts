import { angleAt, distance, regionStatistics, type Plane, type PointLPS, type RegionStatistics, type VolumeImage } from '../scene/index.ts';

export type MeasurementKind = 'distance' | 'angle' | 'rectangle' | 'ellipse';

/** What was drawn in one slice. An angle has its vertex in the middle. */
export interface Measurement {
  readonly id: number;
  readonly kind: MeasurementKind;
  readonly plane: Plane;
  /** The voxel axis across the slice, and which slice. */
  readonly axis: 0 | 1 | 2;
  readonly slice: number;
  readonly points: readonly PointLPS[];
}

export const POINTS_NEEDED: Readonly<Record<MeasurementKind, number>> = { distance: 2, angle: 3, rectangle: 2, ellipse: 2 };

export type MeasuredValue =
  | { readonly unit: 'mm' | '°'; readonly value: number }
  /** Undefined while the full grid is not there. */
  | { readonly unit: 'region'; readonly statistics: RegionStatistics | undefined };

/** What a measurement measures. */
export function measure({ kind, points, axis, slice }: Omit<Measurement, 'id' | 'plane'>, volume: VolumeImage): MeasuredValue {
  const [a, b, c] = points;
  if (a === undefined || b === undefined) return { unit: 'mm', value: NaN };
  if (kind === 'distance') return { unit: 'mm', value: distance(a, b) };
  if (kind === 'angle') return { unit: '°', value: c === undefined ? NaN : angleAt(b, a, c) };
  return { unit: 'region', statistics: regionStatistics(volume, { shape: kind, axis, slice, corners: [a, b] }) };
}
