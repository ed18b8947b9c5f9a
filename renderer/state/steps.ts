import type { Geometry, PointLPS, Triple } from '../../core/imaging/volume.ts';
import { indexToPoint, pointToIndex } from '../scene/index.ts';
import { clamp } from './numbers.ts';

type Axis = 0 | 1 | 2;

/** A point moved by voxels along one voxel axis, on voxel centres of that axis and within the grid. */
export function stepAlong(geometry: Geometry, point: PointLPS, axis: Axis, voxels: number): PointLPS {
  const index = [...pointToIndex(geometry, point)] as [number, number, number];
  index[axis] = clamp(Math.round(index[axis]) + voxels, 0, geometry.dims[axis] - 1);
  return indexToPoint(geometry, index);
}

/** The voxel axis that runs most along a direction of the patient, and +1 where it grows that way. */
export function axisTowards(geometry: Geometry, wanted: Triple): { readonly axis: Axis; readonly sign: 1 | -1 } {
  const along = geometry.direction.map((axis) => axis[0] * wanted[0] + axis[1] * wanted[1] + axis[2] * wanted[2]);
  const size = (axis: Axis): number => Math.abs(along[axis] ?? 0);
  const axis = ([1, 2] as const).reduce<Axis>((best, next) => (size(next) > size(best) ? next : best), 0);
  return { axis, sign: (along[axis] ?? 0) < 0 ? -1 : 1 };
}
