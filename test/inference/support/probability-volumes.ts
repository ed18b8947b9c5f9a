import { voxelCount, type Volume } from '../../../core/imaging/index.ts';
import type { ProbabilityMaps } from '../../../core/inference/probability-maps.ts';

/** The planes of each output put together, i fastest. */
export function probabilityVolumes(maps: ProbabilityMaps | undefined): Volume[] {
  if (maps === undefined) return [];
  const { geometry, outputs } = maps;
  const [nx, ny, nz] = geometry.dims;
  return Array.from({ length: outputs }, (_, output) => {
    const voxels = new Float32Array(voxelCount(geometry.dims));
    let i = 0;
    for (const plane of maps.planes(output)) {
      for (let j = 0; j < ny; j++) for (let k = 0; k < nz; k++) voxels[i + nx * (j + ny * k)] = plane[j * nz + k] ?? NaN;
      i++;
    }
    return { geometry, voxels, slope: 1, intercept: 0 };
  });
}
