import * as z from 'zod';
import {
  add,
  conv1,
  conv3,
  dispose,
  instanceNorm,
  linear,
  reshape,
  scope,
  tokensToGrid,
  upConv,
  type Growth,
  type Tensor,
} from '../compute/index.ts';
import { conv1Spec, conv3Spec, outputSpecs } from './convolution-specs.ts';
import type { TrainingPass } from './drop-path.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';
import { norm, plain } from './transformer.ts';
import { blocks, embed, triple, vitSettings, vitSpecs } from './vit.ts';

export const unetrSettings = vitSettings.extend({
  size: triple.default([96, 96, 96]).meta({ description: 'Crop that the network sees; each side divides by the patch.', unit: 'voxels' }),
  features: z.number().int().positive().max(128).default(16).meta({ description: 'Feature size fs of the convolutional decoder.' }),
  classes: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(2)
    .meta({ description: 'Outputs of a voxel: classes, background included, or regions.' }),
});
export type UnetrSettings = z.infer<typeof unetrSettings>;

const SLOPE = 0.01;

/** Patches along each axis (method 5.4). */
export function gridOf(s: Pick<UnetrSettings, 'size' | 'patch'>): [number, number, number] {
  return [s.size[0] / s.patch[0], s.size[1] / s.patch[1], s.size[2] / s.patch[2]];
}

/**
 * How much each axis grows in stage 1 (coarsest) to 4. A patch of 2^n voxels, n ≤ 4, grows in the last n stages; the paper's 16³ in all
 * four. Smaller patches let small scans (35 x 51 x 35) have enough tokens; axes may differ.
 */
export function growthOf(s: Pick<UnetrSettings, 'patch'>, stage: number): Growth {
  const [g0, g1, g2] = s.patch.map((side) => (Math.log2(side) > 4 - stage ? 2 : 1));
  return [g0 ?? 2, g1 ?? 2, g2 ?? 2];
}

/** The transformer block outputs that feed the decoder: z3·L/12 and so on; blocks 4, 7, 10 of 12 (method 8). */
export function tappedBlocks(depth: number): [number, number, number] {
  return depth === 12 ? [4, 7, 10] : [Math.floor(depth / 4) + 1, Math.floor(depth / 2) + 1, Math.floor((3 * depth) / 4) + 1];
}

/** Weights of UNETR in the order and under the names of MONAI's state dict (method 8). */
export function unetrSpecs(s: UnetrSettings): ParameterSpec[] {
  const { width: d, features: fs } = s;
  const grid = gridOf(s);
  return [
    {
      ...plain('vit.patch_embedding.position_embeddings', [grid[0] * grid[1] * grid[2], d], { kind: 'truncated-normal', std: 0.02 }),
      torchShape: [1, grid[0] * grid[1] * grid[2], d],
    },
    ...vitSpecs(s),
    ...resSpecs('encoder1.layer', s.channels, fs),
    upSpec('encoder2.transp_conv_init', d, 2 * fs, growthOf(s, 1)),
    upSpec('encoder2.blocks.0.0', 2 * fs, 2 * fs, growthOf(s, 2)),
    ...resSpecs('encoder2.blocks.0.1', 2 * fs, 2 * fs),
    upSpec('encoder2.blocks.1.0', 2 * fs, 2 * fs, growthOf(s, 3)),
    ...resSpecs('encoder2.blocks.1.1', 2 * fs, 2 * fs),
    upSpec('encoder3.transp_conv_init', d, 4 * fs, growthOf(s, 1)),
    upSpec('encoder3.blocks.0.0', 4 * fs, 4 * fs, growthOf(s, 2)),
    ...resSpecs('encoder3.blocks.0.1', 4 * fs, 4 * fs),
    upSpec('encoder4.transp_conv_init', d, 8 * fs, growthOf(s, 1)),
    ...[5, 4, 3, 2].flatMap((n) => {
      const out = fs * 2 ** (n - 2);
      const prefix = `decoder${String(n)}`;
      return [
        upSpec(`${prefix}.transp_conv`, n === 5 ? d : 2 * out, out, growthOf(s, 6 - n)),
        ...resSpecs(`${prefix}.conv_block`, 2 * out, out),
      ];
    }),
    ...outputSpecs('out.conv.conv', fs, s.classes),
  ];
}

/**
 * UNETR (Hatamizadeh et al., 2022) as MONAI builds it (method 8).
 * @param patches (B, N, P³), the crop cut into patches, row-major
 * @param image (B, S0, S1, S2, C), the same crop
 * @param training drop-path in the encoder
 * @returns logits (B, S0·S1·S2, K)
 */
export function unetr(patches: Tensor, image: Tensor, p: Parameters, s: UnetrSettings, training?: TrainingPass): Tensor {
  return scope(() => {
    const { bottom, taps } = unetrEncoder(patches, p, s, training);
    return unetrDecoder(bottom, taps, image, p, s);
  });
}

/** The encoder as the decoder wants it (method 8). @returns LN(z12) and z4, z7, z10 as grids (B, g0, g1, g2, d) */
export function unetrEncoder(
  patches: Tensor,
  p: Parameters,
  s: UnetrSettings,
  training?: TrainingPass,
): { bottom: Tensor; taps: Tensor[] } {
  const grid = gridOf(s);
  const x = add(embed(patches, p), parameter(p, 'vit.patch_embedding.position_embeddings'));
  const { last, tapped } = blocks(x, p, s, { taps: tappedBlocks(s.depth), training });
  return {
    bottom: tokensToGrid(norm(last, p, 'vit.norm', s.epsilon), grid),
    taps: tapped.map((z) => tokensToGrid(z, grid)),
  };
}

function unetrDecoder(bottom: Tensor, [z4, z7, z10]: readonly Tensor[], image: Tensor, p: Parameters, s: UnetrSettings): Tensor {
  if (z4 === undefined || z7 === undefined || z10 === undefined) throw new Error('UNETR needs three tapped blocks.');
  const up = (x: Tensor, name: string, stage: number): Tensor => upConv(x, parameter(p, `${name}.conv.weight`), growthOf(s, stage));

  const encoder2 = scope(() => {
    const half = res([up(up(z4, 'encoder2.transp_conv_init', 1), 'encoder2.blocks.0.0', 2)], p, 'encoder2.blocks.0.1', true);
    return res([up(half, 'encoder2.blocks.1.0', 3)], p, 'encoder2.blocks.1.1', true);
  });
  const encoder3 = scope(() => res([up(up(z7, 'encoder3.transp_conv_init', 1), 'encoder3.blocks.0.0', 2)], p, 'encoder3.blocks.0.1', true));
  const encoder4 = up(z10, 'encoder4.transp_conv_init', 1);

  // Up-sample, put the skip connection behind it ([up, skip], method 8), residual block.
  const decode = (x: Tensor, skip: Tensor, name: string, stage: number): Tensor =>
    scope(() => res([up(x, `${name}.transp_conv`, stage), skip], p, `${name}.conv_block`, true));
  const y5 = decode(bottom, encoder4, 'decoder5', 1);
  const y4 = decode(y5, encoder3, 'decoder4', 2);
  const y3 = decode(y4, encoder2, 'decoder3', 3);
  // Last of the four, since it is the largest.
  const encoder1 = res([image], p, 'encoder1.layer', false);
  const y2 = decode(y3, encoder1, 'decoder2', 4);
  const [b = 0, , , , fs = 0] = y2.shape;
  const rows = reshape(y2, [b, y2.size / (b * fs), fs]);
  return linear(rows, parameter(p, 'out.conv.conv.weight'), parameter(p, 'out.conv.conv.bias'));
}

/**
 * Res(ci → co): a = LReLU(IN(Conv3(x))); b = IN(Conv3(a)); skip = x, or IN(Conv1(x)) where ci ≠ co; LReLU(b + skip).
 * Everything is freed after its last use: at full resolution each of these tensors counts (what a gradient needs, the tape has saved).
 * @param inputs the parts of x, side by side in the channel axis
 * @param takeOver frees the inputs too, as soon as they have been used
 */
function res(inputs: readonly Tensor[], p: Parameters, prefix: string, takeOver: boolean): Tensor {
  return scope(() => {
    const wide = conv3(inputs, parameter(p, `${prefix}.conv1.conv.weight`));
    const narrow = p.get(`${prefix}.conv3.conv.weight`);
    const only = narrow === undefined ? inputs[0] : undefined;
    const skip = only ?? conv1(inputs, parameter(p, `${prefix}.conv3.conv.weight`));
    if (takeOver && only === undefined) dispose(...inputs);
    const a = instanceNorm(wide, { slope: SLOPE });
    dispose(wide);
    const b = conv3([a], parameter(p, `${prefix}.conv2.conv.weight`));
    dispose(a);
    const y = instanceNorm(b, { slope: SLOPE, residual: { value: skip, normalise: only === undefined } });
    if (takeOver) dispose(skip);
    return y;
  });
}

function resSpecs(prefix: string, ci: number, co: number): ParameterSpec[] {
  return [
    conv3Spec(`${prefix}.conv1.conv.weight`, ci, co),
    conv3Spec(`${prefix}.conv2.conv.weight`, co, co),
    ...(ci === co ? [] : [conv1Spec(`${prefix}.conv3.conv.weight`, ci, co)]),
  ];
}

function upSpec(prefix: string, ci: number, co: number, growth: Growth): ParameterSpec {
  const block = growth[0] * growth[1] * growth[2];
  return {
    name: `${prefix}.conv.weight`,
    shape: [ci, block * co],
    torchShape: [ci, co, ...growth],
    layout: 'up',
    // PyTorch takes out·kernel volume as the fan-in of a transposed convolution.
    start: { kind: 'torch', fanIn: block * co },
    trainable: true,
  };
}
