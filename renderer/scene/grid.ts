import type { Geometry, IndexIJK, PointLPS, Triple } from '../../core/imaging/volume.ts';

// The page takes only types of core/, so the little grid arithmetic that drawing needs is here.

export const pointLPS = (x: number, y: number, z: number): PointLPS => [x, y, z] as unknown as PointLPS;
export const indexIJK = (i: number, j: number, k: number): IndexIJK => [i, j, k] as unknown as IndexIJK;

export type Axis = 0 | 1 | 2;

export function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function scaled(a: Triple, factor: number): Triple {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** a + b·factor. */
export function plus(a: Triple, b: Triple, factor = 1): Triple {
  return [a[0] + b[0] * factor, a[1] + b[1] * factor, a[2] + b[2] * factor];
}

export function minus(a: Triple, b: Triple): Triple {
  return plus(a, b, -1);
}

export function length(a: Triple): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function unit(a: Triple): Triple {
  return scaled(a, 1 / length(a));
}

/** The patient position of a (fractional) voxel position. */
export function indexToPoint({ spacing, origin, direction }: Geometry, index: Triple): PointLPS {
  let point: Triple = origin;
  for (const axis of [0, 1, 2] as const) point = plus(point, direction[axis], index[axis] * spacing[axis]);
  return pointLPS(...point);
}

/** The (fractional) voxel position of a patient position; right for sheared grids too. */
export function pointToIndex({ spacing, origin, direction }: Geometry, point: Triple): IndexIJK {
  const [x, y, z] = direction;
  const away = minus(point, origin);
  const volume = dot(x, cross(y, z));
  return indexIJK(
    dot(away, cross(y, z)) / volume / spacing[0],
    dot(away, cross(z, x)) / volume / spacing[1],
    dot(away, cross(x, y)) / volume / spacing[2],
  );
}

/** For each patient axis (x, y, z): the voxel axis nearest to it, and whether that axis grows along it or against it. Each is used once. */
export function voxelAxes({ direction }: Geometry): readonly { readonly axis: Axis; readonly sign: 1 | -1 }[] {
  const orders: readonly (readonly [Axis, Axis, Axis])[] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const cosine = (voxelAxis: Axis, patientAxis: Axis): number => direction[voxelAxis][patientAxis];
  const fit = (order: readonly [Axis, Axis, Axis]): number =>
    Math.abs(cosine(order[0], 0)) + Math.abs(cosine(order[1], 1)) + Math.abs(cosine(order[2], 2));
  const best = orders.reduce((a, b) => (fit(b) > fit(a) + 1e-9 ? b : a));
  return best.map((axis, patientAxis) => ({ axis, sign: cosine(axis, patientAxis as Axis) < 0 ? -1 : 1 }));
}

/**
 * The grid of a coarse level of a volume: the same space in fewer, larger voxels, so its first voxel's centre lies further in.
 * @param dims voxels of the level @param spacing of the level in mm
 */
export function levelGeometry(full: Geometry, dims: Triple, spacing: Triple): Geometry {
  const inset = (axis: Axis): number => (spacing[axis] / full.spacing[axis] - 1) / 2;
  return { dims, spacing, origin: indexToPoint(full, [inset(0), inset(1), inset(2)]), direction: full.direction };
}

/** Whether two grids have equal voxels at equal places (to a thousandth of a voxel). */
export function sameGrid(a: Geometry, b: Geometry): boolean {
  const corners: readonly Triple[] = [
    [0, 0, 0],
    [a.dims[0], 0, 0],
    [0, a.dims[1], 0],
    [0, 0, a.dims[2]],
  ];
  const nearest = Math.min(...a.spacing) / 1000;
  return (
    a.dims.every((n, axis) => n === b.dims[axis]) &&
    corners.every((corner) => length(minus(indexToPoint(a, corner), indexToPoint(b, corner))) <= nearest)
  );
}

export function voxelCount(dims: Triple): number {
  return dims[0] * dims[1] * dims[2];
}

/** The patient-aligned box around the voxels of a grid, to their outer faces. */
export function boundsOf(geometry: Geometry): { readonly min: PointLPS; readonly max: PointLPS } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  const ends = (axis: Axis): readonly number[] => [-0.5, geometry.dims[axis] - 0.5];
  for (const i of ends(0))
    for (const j of ends(1))
      for (const k of ends(2))
        indexToPoint(geometry, [i, j, k]).forEach((value, axis) => {
          min[axis] = Math.min(min[axis] as number, value);
          max[axis] = Math.max(max[axis] as number, value);
        });
  return { min: min as unknown as PointLPS, max: max as unknown as PointLPS };
}
