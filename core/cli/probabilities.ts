import { writeSafetensors } from '../compute/safetensors.ts';
import { affineRAS } from '../imaging/index.ts';
import type { ProbabilityMaps } from '../inference/probability-maps.ts';

/**
 * Writes the probabilities of all outputs as one tensor `probabilities` of shape (K, nx, ny, nz), last axis fastest, so that
 * `tensor[c, i, j, k]` belongs to voxel (i, j, k) as nibabel counts it, a plane at a time. The metadata hold the outputs in order
 * (`labels`, JSON) and the affine to RAS millimetres (`affine`, JSON).
 */
export async function writeProbabilities(path: string, maps: ProbabilityMaps, labels: readonly { readonly name: string }[]): Promise<void> {
  const { dims } = maps.geometry;
  function* planes(): Generator<Float32Array> {
    for (let output = 0; output < maps.outputs; output++) yield* maps.planes(output);
  }
  await writeSafetensors(path, new Map([['probabilities', { shape: [maps.outputs, ...dims], data: planes }]]), {
    labels: JSON.stringify(labels),
    affine: JSON.stringify(affineRAS(maps.geometry)),
  });
}
