import type { Triple } from '../../imaging/index.ts';
import { voxelOf } from './marks.ts';
import type { WorkingGrid } from './working-grid.ts';

/** A place that is known to belong to the structure, or not to. */
export interface Example {
  /** Linear index of a working voxel. */
  readonly place: number;
  readonly positive: boolean;
}

/** How far an example speaks for others: at these distances its word counts for exp(−1/2). */
export interface Reach {
  /** Between codes of the encoder; opposite ones lie √2 apart. */
  readonly codes: number;
  /** Between values, in spreads of the scan. */
  readonly values: number;
  /** In mm. */
  readonly space: number;
  /** Share of an example's word that counts nearby only and asks less for likeness: it corrects a border. */
  readonly nearby: number;
}

/** How far that reaches, as a part of `space`. */
const NEAR = 0.3;
/** Doubt about each example: keeps those that say different things of the same from shouting. */
const DOUBT = 0.05;
/** What is said where no example speaks. */
const ELSEWHERE = -0.8;

/**
 * What examples say of every voxel, from −1 (certainly not) to 1: kriging, the mean of a Gaussian process whose covariance falls with the
 * distance in features, values and space, and which expects background. Examples are met nearly exactly, and one says less where another
 * already spoke.
 * @param values of the working voxels, less noisy than the grid's own
 */
export function kriging(grid: WorkingGrid, values: Float32Array, examples: readonly Example[], reach: Reach): Float32Array {
  const { codes, width, dims, spacing } = grid;
  const perCodes = 0.5 / reach.codes ** 2;
  const perValues = 0.5 / reach.values ** 2;
  const perSpace = 0.5 / reach.space ** 2;
  const { nearby } = reach;
  const perNearby = perSpace / NEAR ** 2;
  const covariance = (v: number, u: number, squaredMm: number): number => {
    let squared = 0;
    for (let f = 0, a = v * width, b = u * width; f < width; f++, a++, b++) squared += ((codes[a] as number) - (codes[b] as number)) ** 2;
    const alike = perCodes * squared + perValues * ((values[v] as number) - (values[u] as number)) ** 2;
    return (1 - nearby) * Math.exp(-alike - perSpace * squaredMm) + nearby * Math.exp(-0.5 * alike - perNearby * squaredMm);
  };
  const places = examples.map(({ place }) => voxelOf(place, dims));
  const between = ([i, j, k]: Triple, [x, y, z]: Triple): number =>
    ((i - x) * spacing[0]) ** 2 + ((j - y) * spacing[1]) ** 2 + ((k - z) * spacing[2]) ** 2;
  const system = examples.map(({ place }, n) =>
    examples.map(
      (other, m) => covariance(place, other.place, between(places[n] ?? [0, 0, 0], places[m] ?? [0, 0, 0])) + (n === m ? DOUBT : 0),
    ),
  );
  const weights = solved(
    system,
    examples.map(({ positive }) => (positive ? 1 : -1) - ELSEWHERE),
  );
  const said = new Float32Array(values.length).fill(ELSEWHERE);
  for (const [n, { place }] of examples.entries()) {
    const [x, y, z] = places[n] ?? [0, 0, 0];
    const weight = weights[n] ?? 0;
    let v = 0;
    for (let k = 0; k < dims[2]; k++)
      for (let j = 0; j < dims[1]; j++) {
        const across = ((j - y) * spacing[1]) ** 2 + ((k - z) * spacing[2]) ** 2;
        for (let i = 0; i < dims[0]; i++, v++) {
          const squaredMm = across + ((i - x) * spacing[0]) ** 2;
          // Beyond this the covariance is below 1e-4.
          if (perSpace * squaredMm < 9) said[v] = (said[v] as number) + weight * covariance(v, place, squaredMm);
        }
      }
  }
  return said;
}

/** Solves a symmetric positive definite system by Cholesky's factors. */
function solved(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const l: number[][] = [];
  const at = (i: number, j: number): number => l[i]?.[j] ?? 0;
  for (const [i, row] of a.entries()) {
    const own: number[] = [];
    l.push(own);
    for (let j = 0; j <= i; j++) {
      let sum = row[j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (own[k] ?? 0) * at(j, k);
      own.push(i === j ? Math.sqrt(sum) : sum / at(j, j));
    }
  }
  const x = [...b];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] ?? 0) - at(i, k) * (x[k] ?? 0);
    x[i] = (x[i] ?? 0) / at(i, i);
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] = (x[i] ?? 0) - at(k, i) * (x[k] ?? 0);
    x[i] = (x[i] ?? 0) / at(i, i);
  }
  return x;
}
