import { dispose, tensorFromOwned, type Tensor } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import { patchesOf } from './patches.ts';

/** A batch of crops as a segmentation network takes it. */
export interface NetworkInput {
  /** (B, s0, s1, s2, C). */
  readonly image: Tensor;
  /** (B, N, P³·C): the same crops cut into patches, where the network has a transformer. */
  readonly patches?: Tensor;
}

/**
 * @param crops (C, s0, s1, s2) each, last axis fastest
 * @param patch cuts the crops into patches too
 */
export function networkInput(crops: readonly Float32Array[], size: Triple, channels: number, patch?: Triple): NetworkInput {
  const length = size[0] * size[1] * size[2] * channels;
  const image = new Float32Array(crops.length * length);
  crops.forEach((crop, i) => {
    image.set(channelsLast(crop, channels), i * length);
  });
  const input = { image: tensorFromOwned(image, [crops.length, ...size, channels]) };
  if (patch === undefined) return input;
  const patches = new Float32Array(crops.length * length);
  crops.forEach((crop, i) => {
    patches.set(patchesOf(crop, size, patch, channels), i * length);
  });
  const patchLength = patch[0] * patch[1] * patch[2] * channels;
  return { ...input, patches: tensorFromOwned(patches, [crops.length, length / patchLength, patchLength]) };
}

/** Frees the tensors of an input. */
export function disposeInput(input: NetworkInput): void {
  dispose(input.image, input.patches);
}

/** (C, …) → (…, C). */
function channelsLast(image: Float32Array, channels: number): Float32Array {
  if (channels === 1) return image;
  const out = new Float32Array(image.length);
  const n = image.length / channels;
  for (let c = 0; c < channels; c++) for (let v = 0; v < n; v++) out[v * channels + c] = image[c * n + v] as number;
  return out;
}
