import { dispose, slice, values } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import { disposeInput } from '../model/network-input.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { segmentationNetwork } from '../model/segmentation-network.ts';

/** What the sliding window knows of a network. */
export interface WindowNetwork {
  /** Voxels of a window. */
  readonly size: Triple;
  /** Logits of a voxel. */
  readonly outputs: number;
  /**
   * Computes the logits of one window and hands them over some rows at a time, in order.
   * @param crop (C, s0, s1, s2), last axis fastest
   * @param take gets (rows, s1, s2, outputs) and the first of these rows; it must not keep the array
   */
  logitsOf(crop: Float32Array, take: (logits: Float32Array, row: number) => void): Promise<void>;
}

/** Bytes of logits that are copied from the device at a time: a whole window of many classes would stay in memory beside its tensor. */
const PART_BYTES = 4 * 1024 ** 2;

export function networkOfModel({ document, parameters }: SavedModel): WindowNetwork {
  const network = segmentationNetwork(document);
  const { size, outputs } = network;
  const row = size[1] * size[2];
  const rowsAtOnce = Math.max(1, Math.floor(PART_BYTES / (4 * row * outputs)));
  return {
    size,
    outputs,
    logitsOf: async (crop, take) => {
      const input = network.inputs([crop]);
      const logits = network.logits(input, parameters);
      disposeInput(input);
      try {
        for (let first = 0; first < size[0]; first += rowsAtOnce) {
          const part = slice(logits, 1, first * row, Math.min(rowsAtOnce, size[0] - first) * row);
          const copied = await values(part);
          dispose(part);
          take(copied, first);
        }
      } finally {
        dispose(logits);
      }
    },
  };
}
