import { integers, type Tensor } from '../compute/index.ts';
import type { NetworkInput } from '../model/network-input.ts';
import type { SegmentationNetwork } from '../model/segmentation-network.ts';
import type { Crop } from './crops.ts';

/** Crops as the network takes them (method 8), and their labels (B, V). */
export function cropTensors(crops: readonly Crop[], network: SegmentationNetwork): { input: NetworkInput; labels: Tensor } {
  const volume = network.size[0] * network.size[1] * network.size[2];
  const labels = new Int32Array(crops.length * volume);
  crops.forEach((crop, i) => {
    labels.set(crop.labels, i * volume);
  });
  return { input: network.inputs(crops.map((crop) => crop.image)), labels: integers(labels, [crops.length, volume]) };
}
