import type { Geometry, PointLPS, Triple, VoxelArray } from '../../../core/imaging/volume.ts';
import { LabelImage, VolumeImage, indexToPoint, pointToIndex } from '../../../renderer/scene/index.ts';
import type { PlainGeometry } from './plain-grid.ts';

export function geometryOf({ dims, spacing, origin, direction }: PlainGeometry): Geometry {
  return { dims, spacing, origin: origin as PointLPS, direction };
}

/** Voxels computed one by one. */
export function fill<T extends VoxelArray>(voxels: T, { dims }: Geometry, value: (i: number, j: number, k: number) => number): T {
  let at = 0;
  for (let k = 0; k < dims[2]; k++) for (let j = 0; j < dims[1]; j++) for (let i = 0; i < dims[0]; i++) voxels[at++] = value(i, j, k);
  return voxels;
}

/** A dark volume (value 0) with one bright voxel (1000) at a patient position. */
export function brightVoxel(geometry: Geometry, point: Triple): { readonly volume: VolumeImage; readonly centre: PointLPS } {
  const [i, j, k] = pointToIndex(geometry, point as PointLPS).map(Math.round) as [number, number, number];
  const voxels = new Int16Array(geometry.dims[0] * geometry.dims[1] * geometry.dims[2]);
  voxels[i + geometry.dims[0] * (j + geometry.dims[1] * k)] = 1000;
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1000] });
  volume.setVoxels(voxels);
  return { volume, centre: indexToPoint(geometry, [i, j, k]) };
}

/** A CT-like volume of HU: a slanted ramp with a bright box in it, no two slices alike in any view, cheap to compute at any size. */
export function ramp(geometry: Geometry, shift = 0): VolumeImage {
  const [nx, ny, nz] = geometry.dims;
  const voxels = new Int16Array(nx * ny * nz);
  const longest = nx + ny + nz;
  const values = Int16Array.from({ length: longest }, (_, at) => Math.round((1600 * at) / longest) - 1000 + shift);
  const inBox = (at: number, n: number): boolean => at >= n >> 2 && at < n >> 1;
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++, at += nx) {
      voxels.set(values.subarray(j + k, j + k + nx), at);
      if (inBox(j, ny) && inBox(k, nz)) voxels.fill(900 + shift, at + (nx >> 2), at + (nx >> 1));
    }
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [-1000 + shift, 900 + shift] });
  volume.setVoxels(voxels);
  return volume;
}

/** Balls in a row along i: segments 1, 2, ... with these colours. */
export function balls(geometry: Geometry, colours: readonly string[]): LabelImage {
  const { dims, spacing } = geometry;
  const radius = Math.min(dims[0] / (2.6 * colours.length), dims[1] / 3, dims[2] / 3) * spacing[0];
  const labels = fill(new Uint8Array(dims[0] * dims[1] * dims[2]), geometry, (i, j, k) => {
    const segment = Math.floor((i / dims[0]) * colours.length);
    const centre = ((segment + 0.5) / colours.length) * dims[0];
    const [x, y, z] = [(i - centre) * spacing[0], (j - dims[1] / 2) * spacing[1], (k - dims[2] / 2) * spacing[2]];
    return x * x + y * y + z * z <= radius * radius ? segment + 1 : 0;
  });
  return new LabelImage(geometry, labels, new Map(colours.map((colour, n) => [n + 1, { colour, opacity: 1, visible: true }])));
}
