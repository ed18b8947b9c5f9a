import type { IndexIJK, PointLPS, Triple } from '../../core/imaging/volume.ts';
import { cross, dot, indexIJK, indexToPoint, length, minus, pointToIndex, scaled, type Axis } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import type { VolumeImage } from './volume-image.ts';

/** Millimetres between two points. */
export function distance(a: PointLPS, b: PointLPS): number {
  return length(minus(a, b));
}

/** The angle in degrees, 0 to 180, at `vertex` between the lines to `a` and `b`; NaN when one of them has no length. */
export function angleAt(vertex: PointLPS, a: PointLPS, b: PointLPS): number {
  const [p, q] = [minus(a, vertex), minus(b, vertex)];
  // Not by the arc cosine, which is blind to small angles.
  const [across, along] = [length(cross(p, q)), dot(p, q)];
  return length(p) === 0 || length(q) === 0 ? NaN : (Math.atan2(across, along) * 180) / Math.PI;
}

/** A rectangle along the voxel axes of one slice, or the ellipse in it. */
export interface Region {
  readonly shape: 'rectangle' | 'ellipse';
  /** The voxel axis across the slice (`SliceView.axis`), and which slice. */
  readonly axis: Axis;
  readonly slice: number;
  /** Two opposite corners, anywhere along `axis`. */
  readonly corners: readonly [PointLPS, PointLPS];
}

/** Of the voxels whose centres lie in a region, in values (HU); standard deviation of the population. */
export interface RegionStatistics {
  readonly voxels: number;
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  /** Of the shape as drawn, in mm². */
  readonly area: number;
}

/** Statistics of a region of the full grid. @returns undefined while the full grid is not there, or when no voxel centre lies inside */
export function regionStatistics(volume: VolumeImage, region: Region): RegionStatistics | undefined {
  if (!volume.full || volume.level === undefined || volume.components !== 1) return undefined;
  const { voxels } = volume.level;
  const { dims, spacing, direction } = volume.geometry;
  const strides = [1, dims[0], dims[0] * dims[1]] as const;
  const [u, v] = inPlaneAxes(region.axis);
  const [a, b] = region.corners.map((corner) => pointToIndex(volume.geometry, corner)) as [IndexIJK, IndexIJK];
  const middle = { u: (a[u] + b[u]) / 2, v: (a[v] + b[v]) / 2 };
  const half = { u: Math.abs(a[u] - b[u]) / 2, v: Math.abs(a[v] - b[v]) / 2 };

  let count = 0;
  let sum = 0;
  let sumOfSquares = 0;
  let min = Infinity;
  let max = -Infinity;
  const first = (c: number, h: number): number => Math.max(0, Math.ceil(c - h));
  const last = (c: number, h: number, n: number): number => Math.min(n - 1, Math.floor(c + h));
  // Sums about one of the values lose no digits to a large mean.
  let pivot: number | undefined;
  for (let y = first(middle.v, half.v); y <= last(middle.v, half.v, dims[v]); y++) {
    for (let x = first(middle.u, half.u); x <= last(middle.u, half.u, dims[u]); x++) {
      if (region.shape === 'ellipse' && ((x - middle.u) / half.u) ** 2 + ((y - middle.v) / half.v) ** 2 > 1) continue;
      const stored = voxels[x * strides[u] + y * strides[v] + region.slice * strides[region.axis]] as number;
      const value = stored * volume.slope + volume.intercept;
      pivot ??= value;
      count++;
      sum += value - pivot;
      sumOfSquares += (value - pivot) ** 2;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  if (count === 0 || pivot === undefined) return undefined;
  const sides = cross(scaled(direction[u], 2 * half.u * spacing[u]), scaled(direction[v], 2 * half.v * spacing[v]));
  const mean = sum / count;
  return {
    voxels: count,
    mean: pivot + mean,
    sd: Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean)),
    min,
    max,
    area: length(sides) * (region.shape === 'ellipse' ? Math.PI / 4 : 1),
  };
}

/** The two voxel axes that span a slice across `axis`, in order. */
export function inPlaneAxes(axis: Axis): readonly [Axis, Axis] {
  return axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
}

/** What lies under the pointer. */
export interface Probe {
  readonly point: PointLPS;
  /** The voxel that holds the point. */
  readonly voxel: IndexIJK;
  /** Undefined while the full grid is not there. */
  readonly stored: number | undefined;
  /** stored·slope + intercept: HU for CT. */
  readonly value: number | undefined;
  /** The segment of the voxel; 0 is background, undefined without labels. */
  readonly label: number | undefined;
}

/** Looks a point up. @returns undefined outside the volume */
export function probe(volume: VolumeImage, point: PointLPS, labels?: LabelImage): Probe | undefined {
  const { geometry } = volume;
  const at = pointToIndex(geometry, point);
  const voxel = indexIJK(...(at.map(Math.round) as unknown as Triple));
  if (voxel.some((n, axis) => n < 0 || n >= (geometry.dims[axis] as number))) return undefined;
  const offset = voxel[0] + geometry.dims[0] * (voxel[1] + geometry.dims[1] * voxel[2]);
  const stored = volume.full && volume.components === 1 ? volume.level?.voxels[offset] : undefined;
  const value = stored === undefined ? undefined : stored * volume.slope + volume.intercept;
  return { point: indexToPoint(geometry, at), voxel, stored, value, label: labels?.stored[offset] };
}
