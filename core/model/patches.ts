import type { Shape } from '../compute/index.ts';

/**
 * Cuts a block into non-overlapping patches (method 2.2), each flattened with its last axis fastest (channels slowest, as a
 * convolution weight lies in PyTorch).
 * @param image (channels, S0, S1, S2), last axis fastest
 * @returns (N, channels·P0·P1·P2), patches in row-major order of the grid
 */
export function patchesOf(image: Float32Array, size: Shape, patch: Shape, channels = 1): Float32Array {
  const out = new Float32Array(image.length);
  eachLine(size, patch, channels, (inImage, inPatches, length) => {
    // A loop: 16 numbers are copied faster than a view of them is made.
    for (let k = 0; k < length; k++) out[inPatches + k] = image[inImage + k] as number;
  });
  return out;
}

/** The inverse of {@link patchesOf} (method 2.2). */
export function imageOf(patches: Float32Array, size: Shape, patch: Shape, channels = 1): Float32Array {
  const out = new Float32Array(patches.length);
  eachLine(size, patch, channels, (inImage, inPatches, length) => {
    for (let k = 0; k < length; k++) out[inImage + k] = patches[inPatches + k] as number;
  });
  return out;
}

/** Every run of voxels that is contiguous in both orders. */
function eachLine(size: Shape, patch: Shape, channels: number, visit: (inImage: number, inPatches: number, length: number) => void): void {
  const [s0 = 1, s1 = 1, s2 = 1] = size;
  const [p0 = 1, p1 = 1, p2 = 1] = patch;
  const volume = p0 * p1 * p2;
  let n = 0;
  for (let g0 = 0; g0 < s0; g0 += p0)
    for (let g1 = 0; g1 < s1; g1 += p1)
      for (let g2 = 0; g2 < s2; g2 += p2, n++)
        for (let c = 0; c < channels; c++)
          for (let a = 0; a < p0; a++)
            for (let b = 0; b < p1; b++)
              visit(((c * s0 + g0 + a) * s1 + g1 + b) * s2 + g2, (n * channels + c) * volume + (a * p1 + b) * p2, p2);
}
