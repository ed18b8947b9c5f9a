import { TesseraError } from '../base/errors.ts';
import { nearestPatientAxes } from './geometry.ts';
import { pointLPS, type Geometry, type Triple, type Volume, type VoxelArray } from './volume.ts';
import { emptyLike } from './voxel-array.ts';

/** How the axes of one grid become those of another: output axis a is input axis `from[a]`, reversed where `flip[a]`. Exact, nothing is resampled. */
export interface AxisMap {
  readonly from: Triple;
  readonly flip: readonly [boolean, boolean, boolean];
}

export interface Reoriented {
  readonly volume: Volume;
  /** The map that was applied; {@link inverseAxisMap} leads back to the scan's own grid. */
  readonly map: AxisMap;
}

const PATIENT_AXIS: Readonly<Record<string, readonly [axis: number, sign: 1 | -1]>> = {
  L: [0, 1],
  R: [0, -1],
  P: [1, 1],
  A: [1, -1],
  S: [2, 1],
  I: [2, -1],
};

/**
 * The volume with its axes permuted and reversed so that they point as `code` says ('RAS': i to the Right, j Anterior, k Superior).
 * Every voxel keeps its value and its place in the patient; an oblique scan stays oblique.
 * @throws TesseraError `bad-setting` when the code does not name each of the three directions once.
 */
export function reorient(volume: Volume, code: string): Reoriented {
  const map = axisMapTo(volume.geometry, code);
  return { volume: applyAxisMap(volume, map), map };
}

/** The map that {@link reorient} applies. */
export function axisMapTo(geometry: Geometry, code: string): AxisMap {
  const wanted = [...code.toUpperCase()].map((letter) => PATIENT_AXIS[letter]);
  const axes = nearestPatientAxes(geometry);
  const found = wanted.map((want) => {
    const from = axes.findIndex(({ axis }) => axis === want?.[0]);
    return { from, flip: axes[from]?.sign !== want?.[1] };
  });
  const [i, j, k] = found;
  if (found.length !== 3 || !i || !j || !k || new Set(found.map((f) => f.from)).size !== 3 || found.some((f) => f.from < 0)) {
    throw new TesseraError('bad-setting', `'${code}' is no orientation.`, {
      subject: 'orientation',
      advice: 'Give one letter of R/L, one of A/P and one of S/I, such as RAS or LPS.',
    });
  }
  return { from: [i.from, j.from, k.from], flip: [i.flip, j.flip, k.flip] };
}

/** The map back: applying it after `map` gives the first grid again. */
export function inverseAxisMap({ from, flip }: AxisMap): AxisMap {
  const back = (axis: number): number => from.indexOf(axis);
  return { from: [back(0), back(1), back(2)], flip: [flip[back(0)] === true, flip[back(1)] === true, flip[back(2)] === true] };
}

export function applyAxisMap(volume: Volume, map: AxisMap): Volume {
  if (isIdentity(map)) return volume;
  return { ...volume, geometry: mapGeometry(volume.geometry, map), voxels: mapVoxels(volume.voxels, volume.geometry.dims, map) };
}

function isIdentity({ from, flip }: AxisMap): boolean {
  return from.every((axis, i) => axis === i) && flip.every((f) => !f);
}

function mapGeometry({ dims, spacing, origin, direction }: Geometry, { from, flip }: AxisMap): Geometry {
  const corner = [...origin];
  for (const a of [0, 1, 2] as const) {
    if (!flip[a]) continue;
    const axis = from[a] as 0 | 1 | 2;
    // The last voxel along a reversed axis becomes the first.
    const length = (dims[axis] - 1) * spacing[axis];
    direction[axis].forEach((cosine, c) => (corner[c] = (corner[c] as number) + cosine * length));
  }
  const pick = <T>(triple: readonly [T, T, T], a: 0 | 1 | 2): T => triple[from[a] as 0 | 1 | 2];
  const turned = (a: 0 | 1 | 2): Triple => {
    const d = pick(direction, a);
    return flip[a] ? [0 - d[0], 0 - d[1], 0 - d[2]] : d;
  };
  return {
    dims: [pick(dims, 0), pick(dims, 1), pick(dims, 2)],
    spacing: [pick(spacing, 0), pick(spacing, 1), pick(spacing, 2)],
    origin: pointLPS(corner[0] as number, corner[1] as number, corner[2] as number),
    direction: [turned(0), turned(1), turned(2)],
  };
}

/** Any array on the first grid (probabilities, labels), taken to the second: dims are those of the input. */
export function mapVoxels(voxels: VoxelArray, dims: Triple, { from, flip }: AxisMap): VoxelArray {
  const strideOf: Triple = [1, dims[0], dims[0] * dims[1]];
  const size = from.map((axis) => dims[axis] as number);
  const step = from.map((axis, a) => (flip[a] === true ? -1 : 1) * (strideOf[axis] as number));
  const [nx, ny, nz] = size as [number, number, number];
  const [sx, sy, sz] = step as [number, number, number];
  let start = 0;
  step.forEach((s, a) => (start += s < 0 ? -s * ((size[a] as number) - 1) : 0));

  const out = emptyLike(voxels, voxels.length);
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let source = start + k * sz + j * sy;
      for (let i = 0; i < nx; i++, source += sx) out[at++] = voxels[source] as number;
    }
  }
  return out;
}
