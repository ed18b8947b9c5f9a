import fc from 'fast-check';
import { geometryFromRAS, voxelCount, type Geometry, type Triple, type Volume, type VoxelArray } from '../../../core/imaging/index.ts';

export const makers: Readonly<Record<string, (n: number) => VoxelArray>> = {
  int8: (n) => new Int8Array(n),
  uint8: (n) => new Uint8Array(n),
  int16: (n) => new Int16Array(n),
  uint16: (n) => new Uint16Array(n),
  int32: (n) => new Int32Array(n),
  uint32: (n) => new Uint32Array(n),
  float32: (n) => new Float32Array(n),
  float64: (n) => new Float64Array(n),
};

/** A grid at right angles, turned by three angles, either handedness. */
export function turnedGeometry(dims: Triple, spacing: Triple, angles: Triple, origin: Triple, mirrored = false): Geometry {
  const [a, b, c] = angles;
  const multiply = (p: number[][], q: number[][]): number[][] =>
    p.map((row) => [0, 1, 2].map((col) => row.reduce((sum, v, i) => sum + v * (q[i]?.[col] ?? 0), 0)));
  const rz = [
    [Math.cos(a), -Math.sin(a), 0],
    [Math.sin(a), Math.cos(a), 0],
    [0, 0, 1],
  ];
  const ry = [
    [Math.cos(b), 0, Math.sin(b)],
    [0, 1, 0],
    [-Math.sin(b), 0, Math.cos(b)],
  ];
  const rx = [
    [1, 0, 0],
    [0, Math.cos(c), -Math.sin(c)],
    [0, Math.sin(c), Math.cos(c)],
  ];
  const r = multiply(multiply(rz, ry), rx);
  const at = (row: number, col: number): number => (r[row]?.[col] ?? 0) * (spacing[col] ?? 1) * (mirrored && col === 0 ? -1 : 1);
  const row = (n: 0 | 1 | 2): [number, number, number, number] => [at(n, 0), at(n, 1), at(n, 2), origin[n]];
  return geometryFromRAS([row(0), row(1), row(2)], dims);
}

export const straight = (dims: Triple, spacing: Triple = [1, 1, 1], origin: Triple = [0, 0, 0]): Geometry =>
  turnedGeometry(dims, spacing, [0, 0, 0], origin);

/** A volume whose value at a voxel is f(i, j, k). */
export function volumeFrom(geometry: Geometry, f: (i: number, j: number, k: number) => number, voxels?: VoxelArray): Volume {
  const [nx, ny, nz] = geometry.dims;
  const out = voxels ?? new Float32Array(voxelCount(geometry.dims));
  for (let k = 0, at = 0; k < nz; k++) for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) out[at++] = f(i, j, k);
  return { geometry, voxels: out, slope: 1, intercept: 0 };
}

export const valueAt = (volume: Volume, i: number, j: number, k: number): number => {
  const [nx, ny] = volume.geometry.dims;
  return (volume.voxels[i + nx * (j + ny * k)] ?? NaN) * volume.slope + volume.intercept;
};

export const arbitraryDims = (most: number): fc.Arbitrary<Triple> => {
  const n = fc.integer({ min: 1, max: most });
  return fc.tuple(n, n, n);
};
const millimetres = fc.double({ min: 0.2, max: 8, noNaN: true });
const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
const position = fc.double({ min: -500, max: 500, noNaN: true });

export const arbitraryGeometry = (most = 6): fc.Arbitrary<Geometry> =>
  fc
    .tuple(
      arbitraryDims(most),
      fc.tuple(millimetres, millimetres, millimetres),
      fc.tuple(angle, angle, angle),
      fc.tuple(position, position, position),
      fc.boolean(),
    )
    .map((parts) => turnedGeometry(...parts));
