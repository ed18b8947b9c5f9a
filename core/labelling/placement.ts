import { TesseraError } from '../base/errors.ts';
import { type Triple } from '../imaging/volume.ts';
import { type Axis, type Grid } from './rules.ts';

/** How a segment changes its place. */
export type Placement =
  /** By whole voxels along i, j, k. */
  | { readonly kind: 'shift'; readonly by: Triple }
  /**
   * Round a point (its centre of mass when left out), right-handed about a direction (millimetres along the index axes; about [0, 0, 1]
   * slices across k turn from i towards j). With `slice`, only the part in that slice turns, about the axis across it. By right angles, where
   * spacing allows it, every voxel finds a place: the point moves by up to half a voxel for that.
   */
  | ({ readonly kind: 'rotate'; readonly degrees: number; readonly centre?: Triple } & (
      { readonly about: Triple } | { readonly slice: { readonly axis: Axis; readonly index: number } }
    ))
  /** To the other side of a plane across an axis, at a voxel centre or half way between two; the middle of the grid when left out. */
  | { readonly kind: 'mirror'; readonly axis: Axis; readonly at?: number };

/** An affine map of voxel positions: factors of i, j, k for each axis, and what is added. */
export interface IndexMap {
  readonly factors: Matrix;
  readonly constant: Triple;
}
type Matrix = readonly [Triple, Triple, Triple];

/**
 * Where each voxel of a segment comes from, and where it goes to.
 * @param centreOfMass of the segment, a continuous voxel position
 * @throws TesseraError `bad-setting` for a placement that is none
 */
export function placementMaps(grid: Grid, placement: Placement, centreOfMass: Triple): { to: IndexMap; from: IndexMap } {
  switch (placement.kind) {
    case 'shift': {
      const { by } = placement;
      if (!by.every(Number.isInteger)) throw new TesseraError('bad-setting', 'A segment moves by whole voxels.');
      return { to: { factors: identity, constant: by }, from: { factors: identity, constant: [-by[0], -by[1], -by[2]] } };
    }
    case 'mirror': {
      const { axis, at = (grid.dims[axis] - 1) / 2 } = placement;
      if (!Number.isInteger(2 * at))
        throw new TesseraError('bad-setting', `A mirror cannot stand at ${at}: only at voxels or half way between.`);
      const only = (a: Axis, value: number): number => (a === axis ? value : 0);
      const factors: Matrix = [[1 - only(0, 2), 0, 0], [0, 1 - only(1, 2), 0], [0, 0, 1 - only(2, 2)]]; // prettier-ignore
      const map = { factors, constant: [only(0, 2 * at), only(1, 2 * at), only(2, 2 * at)] } as const;
      return { to: map, from: map };
    }
    case 'rotate': {
      const about: Triple = 'about' in placement ? placement.about : identity[placement.slice.axis];
      const { degrees, centre = centreOfMass } = placement;
      if (![degrees, ...about, ...centre].every(Number.isFinite) || !about.some((part) => part !== 0)) {
        throw new TesseraError('bad-setting', `A segment cannot turn by ${degrees} degrees about (${about.join(', ')}).`);
      }
      return turns(grid.spacing, about, (degrees * Math.PI) / 180, centre);
    }
  }
}

export function mapped({ factors, constant }: IndexMap, point: Triple): Triple {
  const [i, j, k] = product(factors, point);
  return [i + constant[0], j + constant[1], k + constant[2]];
}

/** The turn by an angle about a point, and back. */
function turns(spacing: Triple, about: Triple, angle: number, centre: Triple): { to: IndexMap; from: IndexMap } {
  const [to, from] = [rotation(spacing, about, angle), rotation(spacing, about, -angle)];
  const isRight = to.flat().every((factor) => Math.abs(factor - Math.round(factor)) < 1e-9);
  if (!isRight) return { to: around(scaled(to), centre), from: around(scaled(from), centre) };
  // Right angles lead from voxel to voxel when they add whole numbers.
  const [ahead, back] = [each(to, Math.round), each(from, Math.round)];
  const [i, j, k] = around(ahead, centre).constant;
  const constant: Triple = [Math.round(i), Math.round(j), Math.round(k)];
  const [a, b, c] = product(back, constant);
  return { to: { factors: ahead, constant }, from: { factors: back, constant: [-a, -b, -c] } };
}

/** Rodrigues' formula in millimetres, between two changes of scale. */
function rotation(spacing: Triple, about: Triple, angle: number): Matrix {
  const length = Math.hypot(...about);
  const [x, y, z] = [about[0] / length, about[1] / length, about[2] / length];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const t = 1 - c;
  const matrix: Matrix = [
    [c + t * x * x, t * x * y - s * z, t * x * z + s * y],
    [t * x * y + s * z, c + t * y * y, t * y * z - s * x],
    [t * x * z - s * y, t * y * z + s * x, c + t * z * z],
  ];
  const row = (a: Axis): Triple => {
    const factor = (b: Axis): number => (matrix[a][b] * spacing[b]) / spacing[a];
    return [factor(0), factor(1), factor(2)];
  };
  return [row(0), row(1), row(2)];
}

/** A position half way between two voxels is rounded towards the centre, on every side of it, and not by an error of computing. */
function scaled(factors: Matrix): Matrix {
  return each(factors, (factor) => factor * (1 - 1e-9));
}

function around(factors: Matrix, centre: Triple): IndexMap {
  const [i, j, k] = product(factors, centre);
  return { factors, constant: [centre[0] - i, centre[1] - j, centre[2] - k] };
}

function product(factors: Matrix, [i, j, k]: Triple): Triple {
  const row = ([a, b, c]: Triple): number => a * i + b * j + c * k;
  return [row(factors[0]), row(factors[1]), row(factors[2])];
}

function each(factors: Matrix, change: (factor: number) => number): Matrix {
  const row = ([a, b, c]: Triple): Triple => [change(a), change(b), change(c)];
  return [row(factors[0]), row(factors[1]), row(factors[2])];
}

const identity: Matrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // prettier-ignore
