import { TesseraError } from '../base/errors.ts';
import { type Triple } from '../imaging/volume.ts';
import { type Axis, type Grid } from './rules.ts';

/** How a segment changes its place. */
export type Placement =
  /** By whole voxels along i, j, k. */
  | { readonly kind: 'shift'; readonly by: Triple }
  /**
   * Round its centre of mass, right-handed about a direction (millimetres along the index axes; about [0, 0, 1] slices across k turn from i
   * towards j). With `slice`, only the part in that slice turns, about the axis across it.
   */
  | { readonly kind: 'rotate'; readonly degrees: number; readonly about: Triple }
  | { readonly kind: 'rotate'; readonly degrees: number; readonly slice: { readonly axis: Axis; readonly index: number } }
  /** To the other side of a plane across an axis, at a voxel centre or half way between two; the middle of the grid when left out. */
  | { readonly kind: 'mirror'; readonly axis: Axis; readonly at?: number };

/** An affine map of voxel positions: three rows of factors of i, j, k and a constant. */
export type IndexMap = readonly [Row, Row, Row];
type Row = readonly [i: number, j: number, k: number, constant: number];

/**
 * Where each voxel of a segment comes from, and where it goes to.
 * @param centre the segment's centre of mass, a continuous voxel position
 * @throws TesseraError `bad-setting` for a placement that is none
 */
export function placementMaps(grid: Grid, placement: Placement, centre: Triple): { to: IndexMap; from: IndexMap } {
  switch (placement.kind) {
    case 'shift': {
      const { by } = placement;
      if (!by.every(Number.isInteger)) throw new TesseraError('bad-setting', 'A segment moves by whole voxels.');
      return { to: shift(by[0], by[1], by[2]), from: shift(-by[0], -by[1], -by[2]) };
    }
    case 'mirror': {
      const { axis, at = (grid.dims[axis] - 1) / 2 } = placement;
      if (!Number.isInteger(2 * at))
        throw new TesseraError('bad-setting', `A mirror cannot stand at ${at}: only at voxels or half way between.`);
      const map = mirror(axis, 2 * at);
      return { to: map, from: map };
    }
    case 'rotate': {
      const about: Triple = 'about' in placement ? placement.about : unit(placement.slice.axis);
      const { degrees } = placement;
      const length = Math.hypot(...about);
      if (!(Number.isFinite(degrees) && Number.isFinite(length) && length > 0)) {
        throw new TesseraError('bad-setting', `A segment cannot turn by ${degrees} degrees about (${about.join(', ')}).`);
      }
      const turn = (sign: number): IndexMap => rotation(grid.spacing, about, (sign * degrees * Math.PI) / 180, centre);
      return { to: turn(1), from: turn(-1) };
    }
  }
}

export function mapped(map: IndexMap, [i, j, k]: Triple): Triple {
  const row = ([a, b, c, d]: Row): number => a * i + b * j + c * k + d;
  return [row(map[0]), row(map[1]), row(map[2])];
}

function unit(axis: Axis): Triple {
  return axis === 0 ? [1, 0, 0] : axis === 1 ? [0, 1, 0] : [0, 0, 1];
}

function shift(i: number, j: number, k: number): IndexMap {
  return [[1, 0, 0, i], [0, 1, 0, j], [0, 0, 1, k]]; // prettier-ignore
}

function mirror(axis: Axis, constant: number): IndexMap {
  const row = (a: Axis): Row => {
    const [i, j, k] = unit(a);
    return a === axis ? [-i, -j, -k, constant] : [i, j, k, 0];
  };
  return [row(0), row(1), row(2)];
}

/** Rodrigues' formula in millimetres, between two changes of scale, about a centre. */
function rotation(spacing: Triple, about: Triple, angle: number, centre: Triple): IndexMap {
  const length = Math.hypot(...about);
  const [x, y, z] = [about[0] / length, about[1] / length, about[2] / length];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const t = 1 - c;
  const matrix = [
    [c + t * x * x, t * x * y - s * z, t * x * z + s * y],
    [t * x * y + s * z, c + t * y * y, t * y * z - s * x],
    [t * x * z - s * y, t * y * z + s * x, c + t * z * z],
  ] as const;
  const row = (a: Axis): Row => {
    const factor = (b: Axis): number => (TOWARDS_CENTRE * matrix[a][b] * spacing[b]) / spacing[a];
    const [i, j, k] = [factor(0), factor(1), factor(2)];
    return [i, j, k, centre[a] - i * centre[0] - j * centre[1] - k * centre[2]];
  };
  return [row(0), row(1), row(2)];
}

/** A position half way between two voxels is rounded towards the centre, on every side of it, and not by an error of computing. */
const TOWARDS_CENTRE = 1 - 1e-9;
