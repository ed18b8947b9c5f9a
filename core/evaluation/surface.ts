import { voxelCount, type Triple } from '../imaging/volume.ts';
import { distancesToNearest } from './distance-transform.ts';
import type { Box } from './dice.ts';
import type { LabelVoxels } from './labelmap.ts';
import { percentileOfSorted } from './percentile.ts';

/**
 * Distances between the surfaces of two masks, in mm between voxel centres, each list ascending.
 *
 * The surface of a mask is made of its voxels that have at least one of their six face neighbours outside the mask; outside of the grid
 * counts as outside of the mask (as MONAI's and medpy's erosion does). Along an axis of a single voxel there are no neighbours, so a 2-D
 * image has an outline and not one big surface. On a sheared grid the shear is ignored: distances use the spacing alone.
 */
export interface SurfaceDistances {
  /** From each surface voxel of the reference to the nearest surface voxel of the prediction; Infinity when there is none. */
  readonly fromReference: Float32Array;
  /** From each surface voxel of the prediction to the nearest surface voxel of the reference; Infinity when there is none. */
  readonly fromPrediction: Float32Array;
}

/** Measures one label of two label maps inside `box`, which must hold every voxel of that label in both maps. */
export function surfaceDistances(
  reference: LabelVoxels,
  prediction: LabelVoxels,
  label: number,
  { dims, spacing }: { readonly dims: Triple; readonly spacing: Triple },
  box: Box,
): SurfaceDistances {
  const boxDims: Triple = [0, 1, 2].map((axis) => (box.last[axis] ?? 0) - (box.first[axis] ?? 0) + 1) as unknown as Triple;
  const referenceSurface = surfaceInBox(reference, label, dims, box, boxDims);
  const predictionSurface = surfaceInBox(prediction, label, dims, box, boxDims);
  return {
    fromReference: distancesToNearest(predictionSurface, referenceSurface, boxDims, spacing).sort(),
    fromPrediction: distancesToNearest(referenceSurface, predictionSurface, boxDims, spacing).sort(),
  };
}

/**
 * Hausdorff distance at the 95th percentile: that of each direction (linear interpolation), the larger of the two, in mm.
 * NaN when the reference is empty; Infinity when only the prediction is empty (the segment was missed).
 */
export function hausdorff95({ fromReference, fromPrediction }: SurfaceDistances): number {
  if (fromReference.length === 0) return NaN;
  if (fromPrediction.length === 0) return Infinity;
  return Math.max(percentileOfSorted(fromReference, 95), percentileOfSorted(fromPrediction, 95));
}

/** Mean symmetric surface distance in mm: the mean over all surface voxels of both masks. Empty masks as in {@link hausdorff95}. */
export function meanSurfaceDistance({ fromReference, fromPrediction }: SurfaceDistances): number {
  if (fromReference.length === 0) return NaN;
  if (fromPrediction.length === 0) return Infinity;
  return (sum(fromReference) + sum(fromPrediction)) / (fromReference.length + fromPrediction.length);
}

function surfaceInBox(voxels: LabelVoxels, label: number, dims: Triple, { first }: Box, boxDims: Triple): Uint8Array {
  const [nx, ny, nz] = boxDims;
  const mask = new Uint8Array(voxelCount(boxDims));
  for (let k = 0, v = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let at = first[0] + dims[0] * (first[1] + j + dims[1] * (first[2] + k));
      for (let i = 0; i < nx; i++, v++, at++) mask[v] = voxels[at] === label ? 1 : 0;
    }
  }
  const surface = new Uint8Array(mask.length);
  // Beyond the box lies no voxel of the label, so its edge is a surface just as the edge of the grid is.
  const edges = [dims[0] > 1, dims[1] > 1, dims[2] > 1] as const;
  for (let k = 0, v = 0; k < nz; k++) {
    const edgeK = edges[2] && (k === 0 || k === nz - 1);
    for (let j = 0; j < ny; j++) {
      const edgeJK = edgeK || (edges[1] && (j === 0 || j === ny - 1));
      for (let i = 0; i < nx; i++, v++) {
        if (mask[v] === 0) continue;
        if (edgeJK || (edges[0] && (i === 0 || i === nx - 1)) || touchesOutside(mask, v, i, j, k, boxDims)) surface[v] = 1;
      }
    }
  }
  return surface;
}

function touchesOutside(mask: Uint8Array, v: number, i: number, j: number, k: number, [nx, ny, nz]: Triple): boolean {
  return (
    (i > 0 && mask[v - 1] === 0) ||
    (i < nx - 1 && mask[v + 1] === 0) ||
    (j > 0 && mask[v - nx] === 0) ||
    (j < ny - 1 && mask[v + nx] === 0) ||
    (k > 0 && mask[v - nx * ny] === 0) ||
    (k < nz - 1 && mask[v + nx * ny] === 0)
  );
}

function sum(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
