import { integers, tensorFromOwned, type Tensor } from '../compute/index.ts';
import { channelsLast } from '../inference/sliding-window.ts';
import { patchesOf } from '../model/patches.ts';
import type { UnetrSettings } from '../model/unetr.ts';
import type { Crop } from './crops.ts';

/** Crops as the network takes them: patches (B, N, P³), image (B, s0, s1, s2, C), labels (B, V). */
export function cropTensors(crops: readonly Crop[], s: UnetrSettings): { patches: Tensor; image: Tensor; labels: Tensor } {
  const volume = s.size[0] * s.size[1] * s.size[2];
  const length = volume * s.channels;
  const patches = new Float32Array(crops.length * length);
  const image = new Float32Array(crops.length * length);
  const labels = new Int32Array(crops.length * volume);
  crops.forEach((crop, i) => {
    patches.set(patchesOf(crop.image, s.size, s.patch, s.channels), i * length);
    image.set(channelsLast(crop.image, s.channels), i * length);
    labels.set(crop.labels, i * volume);
  });
  const patchLength = s.patch[0] * s.patch[1] * s.patch[2] * s.channels;
  return {
    patches: tensorFromOwned(patches, [crops.length, length / patchLength, patchLength]),
    image: tensorFromOwned(image, [crops.length, ...s.size, s.channels]),
    labels: integers(labels, [crops.length, volume]),
  };
}
