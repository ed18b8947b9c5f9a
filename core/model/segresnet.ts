import * as z from 'zod';
import { add, conv1, conv3, dispose, downConv3, groupNormRelu, linear, reshape, scope, upsample, type Tensor } from '../compute/index.ts';
import { conv1Spec, conv3Spec, outputSpecs } from './convolution-specs.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';
import { normSpecs } from './transformer.ts';
import { unetrSettings } from './unetr.ts';

const blocks = z.number().int().min(1).max(8);

export const segResNetSettings = z.object({
  size: unetrSettings.shape.size.meta({ description: 'Crop that the network sees; 8 divides each side.', unit: 'voxels' }),
  channels: unetrSettings.shape.channels,
  classes: unetrSettings.shape.classes,
  filters: z
    .number()
    .int()
    .min(8)
    .max(64)
    .multipleOf(8)
    .default(8)
    .meta({ description: 'Channels of the first level, a multiple of 8; each of the four levels has twice as many as the one above.' }),
  blocksDown: z
    .tuple([blocks, blocks, blocks, blocks])
    .default([1, 2, 2, 4])
    .meta({ description: 'Residual blocks of each level going down.' }),
  blocksUp: z.tuple([blocks, blocks, blocks]).default([1, 1, 1]).meta({ description: 'Residual blocks of each level going up.' }),
});
export type SegResNetSettings = z.infer<typeof segResNetSettings>;

/** Groups of the group norms, as in the paper and in MONAI. */
const GROUPS = 8;

/** Each side of a crop is a multiple of this: three levels of half the size. */
export const SEGRESNET_STEP = 8;

/** Weights of SegResNet in the order and under the names of MONAI's state dict (method, SegResNet). */
export function segResNetSpecs(s: SegResNetSettings): ParameterSpec[] {
  const channels = (level: number): number => s.filters * 2 ** level;
  return [
    conv3Spec('convInit.conv.weight', s.channels, s.filters),
    ...s.blocksDown.flatMap((count, level) => [
      ...(level === 0 ? [] : [conv3Spec(`down_layers.${String(level)}.0.conv.weight`, channels(level - 1), channels(level))]),
      // The first of a level is its strided convolution; on the first level nothing stands there.
      ...blockNames(`down_layers.${String(level)}`, count, 1).flatMap((name) => blockSpecs(name, channels(level))),
    ]),
    ...s.blocksUp.flatMap((count, i) =>
      blockNames(`up_layers.${String(i)}`, count, 0).flatMap((name) => blockSpecs(name, channels(2 - i))),
    ),
    ...s.blocksUp.map((_, i) => conv1Spec(`up_samples.${String(i)}.0.conv.weight`, channels(3 - i), channels(2 - i))),
    ...normSpecs('conv_final.0', s.filters),
    ...outputSpecs('conv_final.2.conv', s.filters, s.classes),
  ];
}

/**
 * SegResNet (Myronenko, 2018, without its auto-encoder branch) as MONAI builds it (method, SegResNet): four levels of pre-activation residual blocks, halved
 * by strided convolutions; going up, 1x1x1 convolution, trilinear up-sampling, the sum with the same level going down.
 * @param image (B, S0, S1, S2, C), sides multiples of 8
 * @returns logits (B, S0·S1·S2, K)
 */
export function segResNet(image: Tensor, p: Parameters, s: SegResNetSettings): Tensor {
  return scope(() => {
    const skips: Tensor[] = [];
    let x = conv3([image], parameter(p, 'convInit.conv.weight'));
    s.blocksDown.forEach((count, level) => {
      const prefix = `down_layers.${String(level)}`;
      if (level > 0) x = downConv3(x, parameter(p, `${prefix}.0.conv.weight`));
      for (const name of blockNames(prefix, count, 1)) x = replaced(x, residual(x, p, name), skips);
      skips.push(x);
    });
    s.blocksUp.forEach((count, i) => {
      const skip = skips[skips.length - 2 - i];
      if (skip === undefined) throw new Error('SegResNet goes up once for each level but the last.');
      x = replaced(x, up(x, skip, p, `up_samples.${String(i)}.0`));
      dispose(skip);
      for (const name of blockNames(`up_layers.${String(i)}`, count, 0)) x = replaced(x, residual(x, p, name));
    });
    const y = replaced(x, normalised(x, p, 'conv_final.0'));
    const [b = 0, , , , c = 0] = y.shape;
    const rows = reshape(y, [b, y.size / (b * c), c]);
    return linear(rows, parameter(p, 'conv_final.2.conv.weight'), parameter(p, 'conv_final.2.conv.bias'));
  });
}

/** The next value of x; the old one is freed, unless a skip connection needs it (what a gradient needs, the tape has saved). */
function replaced(old: Tensor, next: Tensor, kept: readonly Tensor[] = []): Tensor {
  if (!kept.includes(old)) dispose(old);
  return next;
}

function up(x: Tensor, skip: Tensor, p: Parameters, prefix: string): Tensor {
  return scope(() => add(upsample(conv1([x], parameter(p, `${prefix}.conv.weight`))), skip));
}

/** x + Conv3(ReLU(GN2(Conv3(ReLU(GN1(x)))))). */
function residual(x: Tensor, p: Parameters, prefix: string): Tensor {
  return scope(() => {
    const first = normalised(x, p, `${prefix}.norm1`);
    const a = replaced(first, conv3([first], parameter(p, `${prefix}.conv1.conv.weight`)));
    const second = replaced(a, normalised(a, p, `${prefix}.norm2`));
    const b = replaced(second, conv3([second], parameter(p, `${prefix}.conv2.conv.weight`)));
    return replaced(b, add(x, b));
  });
}

function normalised(x: Tensor, p: Parameters, prefix: string): Tensor {
  return groupNormRelu(x, parameter(p, `${prefix}.weight`), parameter(p, `${prefix}.bias`), GROUPS);
}

function blockNames(prefix: string, count: number, from: number): string[] {
  return Array.from({ length: count }, (_, j) => `${prefix}.${String(j + from)}`);
}

function blockSpecs(prefix: string, channels: number): ParameterSpec[] {
  return [
    ...normSpecs(`${prefix}.norm1`, channels),
    ...normSpecs(`${prefix}.norm2`, channels),
    conv3Spec(`${prefix}.conv1.conv.weight`, channels, channels),
    conv3Spec(`${prefix}.conv2.conv.weight`, channels, channels),
  ];
}
