import { writeSafetensors } from '../compute/safetensors.ts';
import { affineRAS, type Volume } from '../imaging/index.ts';

/**
 * Writes the probabilities of all classes as one tensor `probabilities` of shape (K, nx, ny, nz), last axis fastest, so that
 * `tensor[c, i, j, k]` belongs to voxel (i, j, k) as nibabel counts it. The metadata hold the classes in order (`labels`, JSON) and the
 * affine to RAS millimetres (`affine`, JSON).
 */
export async function writeProbabilities(
  path: string,
  classes: readonly Volume[],
  labels: readonly { readonly value: number; readonly name: string }[],
): Promise<void> {
  const first = classes[0];
  if (first === undefined) throw new Error('A model has at least one class.');
  const [nx, ny, nz] = first.geometry.dims;
  const all = new Float32Array(classes.length * nx * ny * nz);
  let at = 0;
  for (const { voxels } of classes)
    for (let i = 0; i < nx; i++)
      for (let j = 0; j < ny; j++) for (let k = 0; k < nz; k++) all[at++] = voxels[i + nx * (j + ny * k)] as number;
  await writeSafetensors(path, new Map([['probabilities', { shape: [classes.length, nx, ny, nz], data: all }]]), {
    labels: JSON.stringify(labels),
    affine: JSON.stringify(affineRAS(first.geometry)),
  });
}
