import type { Shape } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import { cubeSide, PATCHES, POSITIONS } from './adapt-weights.ts';
import { weightsByName, type WeightSource } from './import-weights.ts';
import type { UnetrSettings } from './unetr.ts';

/**
 * Network settings that the shapes in the file tell: width, depth, MLP ratio, patch, channels, bias, crop size, features, classes. Heads are told
 * by no shape; 64 wide is what every published ViT has. Epsilon is told by the naming: MONAI 1e-5, timm-style MAE code 1e-6 (method 5.1).
 * @param grid patches along each axis that the positions of the file are for, where they are no cube
 * @throws TesseraError `bad-model` when the file has no encoder of either naming
 */
export function settingsFromWeights(file: WeightSource, subject: string, grid?: Triple): Partial<UnetrSettings> {
  const { sources, style } = weightsByName(file, subject);
  const shape = (name: string): Shape => file.shapeOf(sources.get(name) ?? '') ?? [];
  const [width = 0, ...embedded] = shape(PATCHES);
  const blocks = [...sources.keys()].map((name) => /^vit\.blocks\.(\d+)\./.exec(name)?.[1]).filter((n) => n !== undefined);
  const [mlp] = shape('vit.blocks.0.mlp.linear1.weight');
  const [features, imageChannels] = shape('encoder1.layer.conv1.conv.weight');
  const [classes] = shape('out.conv.conv.weight');
  const patch = patchFrom(embedded, imageChannels ?? 1);
  const side = cubeSide(shape(POSITIONS).at(-2) ?? 0);
  const along = grid ?? (side === undefined ? undefined : ([side, side, side] as const));
  return {
    ...(width > 0 ? { width } : {}),
    ...(blocks.length > 0 ? { depth: 1 + Math.max(...blocks.map(Number)) } : {}),
    ...(width > 0 && width % 64 === 0 ? { heads: width / 64 } : {}),
    ...(mlp !== undefined && width > 0 ? { mlpRatio: mlp / width } : {}),
    ...(patch === undefined ? {} : { patch: patch.size, channels: patch.channels }),
    ...(patch === undefined || along === undefined ? {} : { size: product(patch.size, along) }),
    ...(features === undefined ? {} : { features }),
    ...(classes === undefined ? {} : { classes }),
    qkvBias: sources.has('vit.blocks.0.attn.qkv.bias'),
    epsilon: style === 'monai' ? 1e-5 : 1e-6,
  };
}

/** (C, P0, P1, P2) of a convolution, or the P³·C of a "perceptron", of which only a cube can be told. */
function patchFrom(shape: Shape, channels: number): { readonly size: [number, number, number]; readonly channels: number } | undefined {
  const [first = 0, p0, p1, p2] = shape;
  if (p0 !== undefined && p1 !== undefined && p2 !== undefined) return { size: [p0, p1, p2], channels: first };
  const side = Math.round(Math.cbrt(first / channels));
  return side > 0 && side ** 3 * channels === first ? { size: [side, side, side], channels } : undefined;
}

function product(a: Triple, b: Triple): [number, number, number] {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
}
