import type { Geometry, Triple, VoxelArray } from '../../core/imaging/volume.ts';
import type { Slab } from './contract.ts';
import { indexToPoint, minus, plus, pointToIndex, scaled, type Axis } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import { inPlaneAxes } from './measure.ts';
import type { PlaneCamera } from './plane-camera.ts';
import type { VolumeLevel } from './volume-image.ts';

/** A picture in space: pixel (a, b) lies at origin + a·across + b·upwards (mm). Values are row by row, a fastest. */
export interface PlaneGrid {
  readonly width: number;
  readonly height: number;
  readonly origin: Triple;
  readonly across: Triple;
  readonly upwards: Triple;
}

/** No picture is sampled finer than this on a side: it is drawn over others, and made again with each slice. */
const LONGEST = 512;

/** The pixels of one slice of a grid, thinned out where it is larger than anyone sees. */
export function planeOfSlice(geometry: Geometry, axis: Axis, slice: number, longest = LONGEST): PlaneGrid {
  const [u, v] = inPlaneAxes(axis);
  const step = (n: number): number => Math.max(1, n / longest);
  const [su, sv] = [step(geometry.dims[u]), step(geometry.dims[v])];
  const first: [number, number, number] = [0, 0, 0];
  // Pixels are areas: a wider pixel's centre lies further in.
  first[u] = (su - 1) / 2;
  first[v] = (sv - 1) / 2;
  first[axis] = slice;
  return {
    width: Math.round(geometry.dims[u] / su),
    height: Math.round(geometry.dims[v] / sv),
    origin: indexToPoint(geometry, first),
    across: scaled(geometry.direction[u], geometry.spacing[u] * su),
    upwards: scaled(geometry.direction[v], geometry.spacing[v] * sv),
  };
}

/** Samples of a plane that are taken anew with each turn of it. */
const MOST_SAMPLES = 2 ** 19;

/** The plane that a camera looks at, as far as the view shows it: a pixel for each CSS pixel, larger ones in a large view. */
export function planeOfView({ size, millimetresPerPixel, directions, centre }: PlaneCamera): PlaneGrid {
  const step = Math.max(1, Math.sqrt((size.width * size.height) / MOST_SAMPLES));
  const [width, height] = [Math.ceil(size.width / step), Math.ceil(size.height / step)];
  const across = scaled(directions.right, step * millimetresPerPixel);
  const upwards = scaled(directions.up, step * millimetresPerPixel);
  return { width, height, origin: plus(plus(centre, across, (1 - width) / 2), upwards, (1 - height) / 2), across, upwards };
}

/** The label of the voxel that holds each pixel of a plane, 0 outside. @param out takes width·height labels */
export function labelsOnPlane(out: Float32Array | Uint8Array, { geometry, voxels }: LabelImage, plane: PlaneGrid): void {
  const start = pointToIndex(geometry, plane.origin);
  const a = minus(pointToIndex(geometry, plus(plane.origin, plane.across)), start);
  const b = minus(pointToIndex(geometry, plus(plane.origin, plane.upwards)), start);
  const [nx, ny, nz] = geometry.dims;
  let at = 0;
  for (let row = 0; row < plane.height; row++) {
    // Half a voxel is added: what is left of the point is the voxel that holds it.
    let x = start[0] + row * b[0] + 0.5;
    let y = start[1] + row * b[1] + 0.5;
    let z = start[2] + row * b[2] + 0.5;
    for (let column = 0; column < plane.width; column++, x += a[0], y += a[1], z += a[2]) {
      const inside = x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz;
      out[at++] = inside ? (voxels[Math.floor(x) + nx * (Math.floor(y) + ny * Math.floor(z))] as number) : 0;
    }
  }
}

/**
 * Stored values of a volume at the pixels of a plane, trilinear, up to half a voxel beyond the outer voxel centres.
 * @param component which of the `components` numbers of a voxel
 * @returns width·height values, NaN outside the volume
 */
export function sampleOnPlane({ geometry, voxels }: VolumeLevel, plane: PlaneGrid, component = 0, components = 1): Float32Array {
  const start = pointToIndex(geometry, plane.origin);
  const a = minus(pointToIndex(geometry, plus(plane.origin, plane.across)), start);
  const b = minus(pointToIndex(geometry, plus(plane.origin, plane.upwards)), start);
  const [nx, ny, nz] = geometry.dims;
  const [strideX, strideY, strideZ] = [components, components * nx, components * nx * ny];
  const out = new Float32Array(plane.width * plane.height);
  let at = 0;
  for (let row = 0; row < plane.height; row++) {
    let x = start[0] + row * b[0];
    let y = start[1] + row * b[1];
    let z = start[2] + row * b[2];
    for (let column = 0; column < plane.width; column++, x += a[0], y += a[1], z += a[2]) {
      if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x <= nx - 0.5 && y <= ny - 0.5 && z <= nz - 0.5)) {
        out[at++] = NaN;
        continue;
      }
      const cx = x < 0 ? 0 : x > nx - 1 ? nx - 1 : x;
      const cy = y < 0 ? 0 : y > ny - 1 ? ny - 1 : y;
      const cz = z < 0 ? 0 : z > nz - 1 ? nz - 1 : z;
      const [i, j, k] = [Math.floor(cx), Math.floor(cy), Math.floor(cz)];
      const [fx, fy, fz] = [cx - i, cy - j, cz - k];
      const offset = i * strideX + j * strideY + k * strideZ + component;
      const dx = fx > 0 ? strideX : 0;
      const dy = fy > 0 ? strideY : 0;
      const dz = fz > 0 ? strideZ : 0;
      const line = (o: number): number => (voxels[o] as number) * (1 - fx) + (voxels[o + dx] as number) * fx;
      const face = (o: number): number => line(o) * (1 - fy) + line(o + dy) * fy;
      out[at++] = fz > 0 ? face(offset) * (1 - fz) + face(offset + dz) * fz : face(offset);
    }
  }
  return out;
}

/**
 * Several slices of a level as one: the largest, mean or smallest stored value of each line of voxels.
 * @param middle slice of the level in the middle of the slab
 * @returns dims[u]·dims[v] values, u fastest
 */
export function slabOf({ geometry, voxels }: VolumeLevel, axis: Axis, middle: number, slab: Slab): Float32Array {
  const { dims, spacing } = geometry;
  const [u, v] = inPlaneAxes(axis);
  const strides = [1, dims[0], dims[0] * dims[1]] as const;
  const half = Math.max(0, slab.thickness / spacing[axis] - 1) / 2;
  const first = Math.max(0, Math.round(middle - half));
  const last = Math.min(dims[axis] - 1, Math.round(middle + half));
  const out = new Float32Array(dims[u] * dims[v]);
  // One whole slice after the other: the order in which memory is read fast for the axis that is thickest in it.
  for (let slice = first; slice <= last; slice++)
    addSlice(out, voxels, [dims[u], dims[v]], [strides[u], strides[v]], slice * strides[axis], slab.mode, slice === first);
  if (slab.mode === 'mean') for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) / (last - first + 1);
  return out;
}

function addSlice(
  out: Float32Array,
  voxels: VoxelArray,
  [nu, nv]: readonly [number, number],
  [su, sv]: readonly [number, number],
  start: number,
  mode: Slab['mode'],
  first: boolean,
): void {
  let at = 0;
  for (let b = 0; b < nv; b++) {
    for (let a = 0, from = start + b * sv; a < nu; a++, from += su, at++) {
      const value = voxels[from] as number;
      const before = out[at] as number;
      if (first) out[at] = value;
      else if (mode === 'mean') out[at] = before + value;
      else if (mode === 'maximum' ? value > before : value < before) out[at] = value;
    }
  }
}
