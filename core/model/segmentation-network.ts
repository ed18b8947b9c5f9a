import * as z from 'zod';
import type { Tensor } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import type { TrainingPass } from './drop-path.ts';
import { networkInput, type NetworkInput } from './network-input.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import { SEGRESNET_STEP, segResNet, segResNetSettings, segResNetSpecs, type SegResNetSettings } from './segresnet.ts';
import { unetr, unetrSettings, unetrSpecs, type UnetrSettings } from './unetr.ts';

const unetrNetwork = z.object({
  network: z.literal('unetr'),
  settings: unetrSettings.refine((s) => s.width % s.heads === 0, 'the width must be a multiple of the heads'),
});
const segResNetNetwork = z.object({
  network: z.literal('segresnet'),
  settings: segResNetSettings.refine((s) => s.size.every((n) => n % SEGRESNET_STEP === 0), 'each side must be a multiple of 8'),
});
/** Which network, and its settings: two fields of `model.json`. */
export const networkSettings = z.discriminatedUnion('network', [unetrNetwork, segResNetNetwork]);
export type NetworkSettings = z.infer<typeof networkSettings>;

export type { TrainingPass };

/** A network that gives every voxel of a crop its logits: what fine-tuning and inference know of UNETR, SegResNet and others. */
export interface SegmentationNetwork {
  /** As `model.json` has them: `{ schema, ...network.settings, … }`. */
  readonly settings: NetworkSettings;
  /** All weights, in the order of the state dict. */
  readonly specs: readonly ParameterSpec[];
  /** The crop that the network sees, voxels. */
  readonly size: Triple;
  readonly channels: number;
  /** Logits of a voxel: one a class, background first, or one a region. */
  readonly outputs: number;
  /**
   * Crops as tensors; the caller frees them with `disposeInput`.
   * @param crops (C, s0, s1, s2) each, last axis fastest
   */
  inputs(crops: readonly Float32Array[]): NetworkInput;
  /**
   * @param training leave out for inference
   * @returns (B, s0·s1·s2, outputs)
   */
  logits(input: NetworkInput, parameters: Parameters, training?: TrainingPass): Tensor;
  /** Whether a weight belongs to the part that pre-training can give, and that a frozen encoder keeps. */
  isEncoder(name: string): boolean;
  /**
   * For layer decay (method 11.2): 0 is the embedding, i + 1 block i, undefined what is not a part of the encoder's ladder. The learning
   * rate of a layer is multiplied by decay^(layers − layer).
   */
  layerOf(name: string): number | undefined;
  /** One more than the highest layer. */
  readonly layers: number;
}

/** The network that a document describes: UNETR (method 8) or SegResNet. */
export function segmentationNetwork(settings: NetworkSettings): SegmentationNetwork {
  return settings.network === 'unetr' ? unetrOf(settings.settings) : segResNetOf(settings.settings);
}

function segResNetOf(s: SegResNetSettings): SegmentationNetwork {
  return {
    settings: { network: 'segresnet', settings: s },
    specs: segResNetSpecs(s),
    size: s.size,
    channels: s.channels,
    outputs: s.classes,
    inputs: (crops) => networkInput(crops, s.size, s.channels),
    logits: ({ image }, parameters) => segResNet(image, parameters, s),
    isEncoder: (name) => name.startsWith('convInit.') || name.startsWith('down_layers.'),
    layerOf: () => undefined,
    layers: 0,
  };
}

function unetrOf(s: UnetrSettings): SegmentationNetwork {
  return {
    settings: { network: 'unetr', settings: s },
    specs: unetrSpecs(s),
    size: s.size,
    channels: s.channels,
    outputs: s.classes,
    inputs: (crops) => networkInput(crops, s.size, s.channels, s.patch),
    logits: ({ patches, image }, parameters, training) => {
      if (patches === undefined) throw new Error('UNETR takes patches: make its input with inputs().');
      return unetr(patches, image, parameters, s, training);
    },
    isEncoder: (name) => name.startsWith('vit.'),
    layerOf: (name) => {
      if (name.startsWith('vit.patch_embedding') || name === 'vit.cls_token') return 0;
      const block = /^vit\.blocks\.(\d+)\./.exec(name)?.[1];
      return block === undefined ? undefined : Number(block) + 1;
    },
    layers: s.depth + 1,
  };
}
