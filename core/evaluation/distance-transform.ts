import { squaredWithinPlanes } from '../imaging/distance-transform.ts';
import type { Triple } from '../imaging/volume.ts';

/**
 * Exact Euclidean distances in mm from some voxels to the nearest voxel where `sources` is not 0. Along i by two sweeps, along j by lower
 * envelopes of parabolas (Felzenszwalb and Huttenlocher, 2012); along k each target looks through the planes around it until none can be
 * nearer, which is a few planes where surfaces are close. Kept in float32, which costs at most about 1e-7 of the distance.
 * @param sources dims[0]·dims[1]·dims[2] values, i fastest
 * @param targets in the same order: not 0 where a distance is wanted
 * @returns one distance for each target, in order; Infinity when there is no source
 */
export function distancesToNearest(sources: Uint8Array, targets: Uint8Array, dims: Triple, spacing: Triple): Float32Array {
  const squared = squaredWithinPlanes(sources, dims, spacing);
  const [nx, ny, nz] = dims;
  const plane = nx * ny;
  let count = 0;
  for (let v = 0; v < targets.length; v++) if (targets[v] !== 0) count++;
  const distances = new Float32Array(count);
  const furthest = squared.some((d) => d < Infinity) ? nz : 0;
  for (let k = 0, v = 0, found = 0; k < nz; k++)
    for (let n = 0; n < plane; n++, v++) {
      if (targets[v] === 0) continue;
      let best = squared[v] as number;
      for (let step = 1; step < furthest; step++) {
        const across = (step * spacing[2]) ** 2;
        if (across >= best) break;
        if (k >= step) best = Math.min(best, across + (squared[v - step * plane] as number));
        if (k + step < nz) best = Math.min(best, across + (squared[v + step * plane] as number));
      }
      distances[found++] = Math.sqrt(best);
    }
  return distances;
}
