declare const brand: unique symbol;

/** Three numbers, one an axis. */
export type Triple = readonly [number, number, number];
/** A voxel position (i, j, k), continuous; the centre of the first voxel is (0, 0, 0). Cannot be mixed up with {@link PointLPS}. */
export type IndexIJK = Triple & { readonly [brand]: 'ijk' };
/** A patient position in millimetres: +x towards the patient's Left, +y Posterior, +z Superior (DICOM PS3.3 C.7.6.2.1.1). */
export type PointLPS = Triple & { readonly [brand]: 'lps' };

export const indexIJK = (i: number, j: number, k: number): IndexIJK => [i, j, k] as unknown as IndexIJK;
export const pointLPS = (x: number, y: number, z: number): PointLPS => [x, y, z] as unknown as PointLPS;

export type VoxelArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** Where a grid of voxels lies in the patient. */
export interface Geometry {
  /** Voxels along i, j, k. */
  readonly dims: Triple;
  /** Millimetres between voxel centres along i, j, k; all positive. */
  readonly spacing: Triple;
  /** Position of the centre of voxel (0, 0, 0). */
  readonly origin: PointLPS;
  /** Direction cosines: LPS unit vectors of the axes i, j, k. Need not be orthogonal (gantry tilt, sheared sform). */
  readonly direction: readonly [Triple, Triple, Triple];
}

/**
 * One scan or label map, as plain data. `voxels` holds dims[0]·dims[1]·dims[2] values of the stored type, i fastest:
 * voxel (i, j, k) is voxels[i + dims[0]·(j + dims[1]·k)]. Its value is stored·slope + intercept.
 */
export interface Volume {
  readonly geometry: Geometry;
  readonly voxels: VoxelArray;
  readonly slope: number;
  readonly intercept: number;
}

export function voxelCount(dims: Triple): number {
  return dims[0] * dims[1] * dims[2];
}
