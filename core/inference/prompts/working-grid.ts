import { affineLPS, invertAffine, composeAffine, type Affine, type Box, type Geometry, type Triple } from '../../imaging/index.ts';
import type { FeatureSpace } from './feature-space.ts';
import type { SeenValues } from './seen-values.ts';

/** A box of a scan in voxels of its own size or larger ones, and what is known of each. */
export interface WorkingGrid {
  /** First voxel of the scan. */
  readonly start: Triple;
  /** Voxels of the scan in one of these. */
  readonly stride: Triple;
  readonly dims: Triple;
  /** Of these voxels, mm. */
  readonly spacing: Triple;
  /** Mean values, i fastest, in units of the scan's spread. */
  readonly values: Float32Array;
  /** Codes of the encoder, (voxels, width). */
  readonly codes: Float32Array;
  readonly width: number;
}

/** @param most voxels that it may have */
export function workingGrid(seen: SeenValues, box: Box, space: FeatureSpace, most: number): WorkingGrid {
  const { geometry } = seen;
  const stride: [number, number, number] = [1, 1, 1];
  const along = (axis: 0 | 1 | 2): number => Math.ceil(box.size[axis] / stride[axis]);
  while (along(0) * along(1) * along(2) > most) {
    const finest = ([0, 1, 2] as const).reduce((best, axis) =>
      stride[axis] * geometry.spacing[axis] < stride[best] * geometry.spacing[best] * (1 - 1e-9) ? axis : best,
    );
    stride[finest]++;
  }
  const dims: Triple = [along(0), along(1), along(2)];
  const spacing: Triple = [stride[0] * geometry.spacing[0], stride[1] * geometry.spacing[1], stride[2] * geometry.spacing[2]];
  const grid = { start: box.start, stride, dims, spacing };
  return { ...grid, values: meanValues(seen, box, grid), codes: codesAt(space, geometry, grid), width: space.width };
}

type Place = Pick<WorkingGrid, 'start' | 'stride' | 'dims'>;

function meanValues({ geometry, levels, unit }: SeenValues, { start, size }: Box, { stride, dims }: Place): Float32Array {
  const [nx, ny] = geometry.dims;
  const [mx, my] = dims;
  const sums = new Float64Array(dims[0] * dims[1] * dims[2]);
  const counts = new Uint16Array(sums.length);
  const columns = Int32Array.from({ length: size[0] }, (_, i) => Math.floor(i / stride[0]));
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++) {
      const row = start[0] + nx * (start[1] + j + ny * (start[2] + k));
      const to = mx * (Math.floor(j / stride[1]) + my * Math.floor(k / stride[2]));
      for (let i = 0; i < size[0]; i++) {
        const at = to + (columns[i] as number);
        sums[at] = (sums[at] as number) + (levels[row + i] as number);
        counts[at] = (counts[at] as number) + 1;
      }
    }
  return Float32Array.from(sums, (sum, v) => (sum * unit) / (counts[v] as number));
}

/** From a working voxel to a place on the grid of features. */
function toFeatures(space: Geometry, scan: Geometry, { start, stride }: Pick<Place, 'start' | 'stride'>): Affine {
  const inverse = invertAffine(affineLPS(space)) ?? affineLPS(space);
  const middle = (axis: 0 | 1 | 2): number => start[axis] + (stride[axis] - 1) / 2;
  const toScan: Affine = [
    [stride[0], 0, 0, middle(0)],
    [0, stride[1], 0, middle(1)],
    [0, 0, stride[2], middle(2)],
  ];
  return composeAffine(inverse, composeAffine(affineLPS(scan), toScan));
}

/** Trilinear; beyond the outermost places theirs. */
function codesAt(space: FeatureSpace, scan: Geometry, place: Place): Float32Array {
  const { width, codes } = space;
  const [n0, n1, n2] = space.geometry.dims;
  const m = toFeatures(space.geometry, scan, place);
  const [nx, ny, nz] = place.dims;
  const out = new Float32Array(nx * ny * nz * width);
  let to = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, to += width) {
        const x = clamp(m[0][0] * i + m[0][1] * j + m[0][2] * k + m[0][3], n0 - 1);
        const y = clamp(m[1][0] * i + m[1][1] * j + m[1][2] * k + m[1][3], n1 - 1);
        const z = clamp(m[2][0] * i + m[2][1] * j + m[2][2] * k + m[2][3], n2 - 1);
        const [a, b, c] = [Math.floor(x), Math.floor(y), Math.floor(z)];
        const [u, v, w] = [x - a, y - b, z - c];
        for (let corner = 0; corner < 8; corner++) {
          const share = ((corner & 4) !== 0 ? u : 1 - u) * ((corner & 2) !== 0 ? v : 1 - v) * ((corner & 1) !== 0 ? w : 1 - w);
          if (share === 0) continue;
          const from = (((a + (corner >> 2)) * n1 + b + ((corner >> 1) & 1)) * n2 + c + (corner & 1)) * width;
          for (let f = 0; f < width; f++) out[to + f] = (out[to + f] as number) + share * (codes[from + f] as number);
        }
      }
  return out;
}

function clamp(x: number, most: number): number {
  return x < 0 ? 0 : x > most ? most : x;
}

/** The working voxel that holds a voxel of the scan, or the nearest one. */
export function placeOf({ start, stride, dims }: Place, voxel: Triple): number {
  const along = (axis: 0 | 1 | 2): number => clamp(Math.floor((voxel[axis] - start[axis]) / stride[axis]), dims[axis] - 1);
  return along(0) + dims[0] * (along(1) + dims[1] * along(2));
}
