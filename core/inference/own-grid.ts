import {
  affineLPS,
  applyAffine,
  composeAffine,
  invertAffine,
  voxelCount,
  type Affine,
  type Box,
  type Geometry,
  type PreparedScan,
  type Triple,
} from '../imaging/index.ts';
import type { SlabSampler } from './slab-sampler.ts';
import type { Slab } from './window-sum.ts';

/** Positions this near to a voxel centre are that centre. */
const SAME_CENTRE = 1e-3;
/** Rounding noise of an affine must not move a position to the voxel before, nor halfway out of the grid. */
const NOISE = 1e-9;
const OUTSIDE = 0.5 + 1e-6;
const HALF = 0.5 - 1e-6;

/** The scan's own grid seen from the prepared one: where each of its voxels lies between prepared voxels. */
export class OwnGrid {
  readonly geometry: Geometry;
  readonly voxels: number;
  readonly #prepared: Triple;
  readonly #affine: Affine;
  /** The same twelve numbers in one array, for the loop over all voxels. */
  readonly #m: Float64Array;
  /** Every voxel centre is a centre of the prepared grid, continued: nothing needs interpolating. */
  readonly #sameCentres: boolean;

  constructor(scan: Pick<PreparedScan, 'dims' | 'geometry'>, own: Geometry) {
    const toPrepared = invertAffine(affineLPS(scan.geometry));
    if (toPrepared === undefined) throw new Error('The prepared grid cannot be inverted.');
    this.geometry = own;
    this.voxels = voxelCount(own.dims);
    this.#prepared = scan.dims;
    this.#affine = composeAffine(toPrepared, affineLPS(own));
    this.#m = Float64Array.from(this.#affine.flat());
    this.#sameCentres = sharesVoxelCentres(this.#affine);
  }

  /**
   * Visits, once over all slabs, each voxel of the grid whose neighbours lie in this slab and that was not cut away as background.
   * @param visit gets the voxel's place (i fastest); the sampler stands there
   */
  eachSettled(slab: Slab, sampler: SlabSampler, visit: (at: number) => void): void {
    const { dims } = this.geometry;
    const [[xi, xj, xk, x0]] = this.#affine;
    const last = slab.first + slab.rows === this.#prepared[0];
    // Interpolation at row r needs r + 1 too, so the slab's last row belongs to the next slab.
    const [from, to] = [slab.first, slab.first + slab.rows - (last ? 0 : 1)];
    for (let k = 0; k < dims[2]; k++)
      for (let j = 0; j < dims[1]; j++) {
        const x = x0 + xj * j + xk * k;
        const [begin, end] = stretch(x, xi, dims[0], from - 1, to + 1);
        for (let i = begin; i < end; i++) if (this.#moveTo(i, j, k, sampler, from, to)) visit(i + dims[0] * (j + dims[1] * k));
      }
  }

  /** Moves the sampler of a slab that has all rows to one voxel. @returns false where it is background for certain */
  moveTo(i: number, j: number, k: number, sampler: SlabSampler): boolean {
    return this.#moveTo(i, j, k, sampler, 0, this.#prepared[0]);
  }

  /** The smallest box of whole voxels of this grid that holds a box of the prepared one, cut off at its edges. */
  boxOf({ start, size }: Box): Box {
    const toOwn = invertAffine(this.#affine);
    if (toOwn === undefined) throw new Error('The grid cannot be inverted.');
    const ends = [0, 1, 2].map((axis) => [(start[axis] ?? 0) - 0.5, (start[axis] ?? 0) + (size[axis] ?? 0) - 0.5]);
    const corners = (ends[0] ?? []).flatMap((x) =>
      (ends[1] ?? []).flatMap((y) => (ends[2] ?? []).map((z) => applyAffine(toOwn, [x, y, z]))),
    );
    const { dims } = this.geometry;
    const edge = (axis: 0 | 1 | 2): readonly [from: number, to: number] => {
      const along = corners.map((corner) => corner[axis]);
      const from = Math.max(0, Math.floor(Math.min(...along)));
      return [from, Math.max(from, Math.min(dims[axis], Math.ceil(Math.max(...along)) + 1))];
    };
    const [i, j, k] = [edge(0), edge(1), edge(2)];
    return { start: [i[0], j[0], k[0]], size: [i[1] - i[0], j[1] - j[0], k[1] - k[0]] };
  }

  /**
   * Visits the voxels of a box of this grid whose nearest prepared voxel exists.
   * @param visit gets the voxel's place (i fastest) and that prepared voxel
   */
  eachNearest({ start, size }: Box, visit: (at: number, x: number, y: number, z: number) => void): void {
    const { dims } = this.geometry;
    const m = this.#m;
    const [nx, ny, nz] = this.#prepared;
    for (let k = start[2]; k < start[2] + size[2]; k++)
      for (let j = start[1]; j < start[1] + size[1]; j++)
        for (let i = start[0]; i < start[0] + size[0]; i++) {
          const x = Math.round((m[0] as number) * i + (m[1] as number) * j + (m[2] as number) * k + (m[3] as number));
          const y = Math.round((m[4] as number) * i + (m[5] as number) * j + (m[6] as number) * k + (m[7] as number));
          const z = Math.round((m[8] as number) * i + (m[9] as number) * j + (m[10] as number) * k + (m[11] as number));
          if (x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz) visit(i + dims[0] * (j + dims[1] * k), x, y, z);
        }
  }

  #moveTo(i: number, j: number, k: number, sampler: SlabSampler, from: number, to: number): boolean {
    const m = this.#m;
    const [lastX, lastY, lastZ] = [this.#prepared[0] - 1, this.#prepared[1] - 1, this.#prepared[2] - 1];
    let x = (m[0] as number) * i + (m[1] as number) * j + (m[2] as number) * k + (m[3] as number);
    let y = (m[4] as number) * i + (m[5] as number) * j + (m[6] as number) * k + (m[7] as number);
    let z = (m[8] as number) * i + (m[9] as number) * j + (m[10] as number) * k + (m[11] as number);
    // Cut away: the nearest voxel centre would lie beyond the prepared grid.
    if (x < -OUTSIDE || y < -OUTSIDE || z < -OUTSIDE || x >= lastX + HALF || y >= lastY + HALF || z >= lastZ + HALF) return false;
    if (this.#sameCentres) {
      x = Math.round(x);
      y = Math.round(y);
      z = Math.round(z);
    }
    // Beyond the outermost centres the edge is continued.
    x = x < 0 ? 0 : x > lastX ? lastX : x;
    y = y < 0 ? 0 : y > lastY ? lastY : y;
    z = z < 0 ? 0 : z > lastZ ? lastZ : z;
    const a = Math.floor(x + NOISE);
    if (a < from || a >= to) return false;
    const b = Math.floor(y + NOISE);
    const c = Math.floor(z + NOISE);
    return sampler.moveTo(a, b, c, x > a ? x - a : 0, y > b ? y - b : 0, z > c ? z - c : 0);
  }
}

/** The indices at which x + step·i may lie between two bounds: at least those that do. */
function stretch(x: number, step: number, n: number, low: number, high: number): [begin: number, end: number] {
  if (Math.abs(step) < NOISE) return x >= low && x <= high ? [0, n] : [0, 0];
  const [p, q] = [(low - x) / step, (high - x) / step];
  return [Math.max(0, Math.floor(Math.min(p, q))), Math.min(n, Math.ceil(Math.max(p, q)) + 1)];
}

/** Whether one voxel on along any axis is one voxel on along one axis of the prepared grid, and the first voxel lies on a centre. */
function sharesVoxelCentres(m: Affine): boolean {
  const isWhole = (x: number): boolean => Math.abs(x - Math.round(x)) < SAME_CENTRE;
  const columns = ([0, 1, 2] as const).map((c) => m.map((row) => row[c]));
  return (
    m.every((row) => isWhole(row[3])) &&
    columns.every((step) => step.every(isWhole) && step.reduce((sum, x) => sum + Math.abs(x), 0) < 1 + SAME_CENTRE)
  );
}
