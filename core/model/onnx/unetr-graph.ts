import { gridOf, growthOf, tappedBlocks, type UnetrSettings } from '../unetr.ts';
import { convGraph, instanceNormGraph } from './convolution-graph.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { blockGraph, normGraph, type WeightConstant } from './transformer-graph.ts';

/**
 * UNETR (method 8) as ONNX operators, on one crop.
 * @param image (1, C, S0, S1, S2)
 * @returns logits (1, K, S0, S1, S2)
 */
export function unetrGraph(g: OnnxGraph, image: Value, s: UnetrSettings, weight: WeightConstant): Value {
  const { bottom, taps } = encoderGraph(g, image, s, weight);
  const [z4, z7, z10] = taps;
  if (z4 === undefined || z7 === undefined || z10 === undefined) throw new Error('UNETR needs three tapped blocks.');
  const fs = s.features;
  const up = (x: Value, name: string, stage: number): Value => {
    const growth = growthOf(s, stage);
    return g.apply('ConvTranspose', [x, weight(`${name}.conv.weight`)], { kernel_shape: { ints: growth }, strides: { ints: growth } });
  };
  const res = (x: Value, prefix: string, from: number, to: number): Value => residualGraph(g, x, prefix, from, to, weight);

  const encoder1 = res(image, 'encoder1.layer', s.channels, fs);
  const half = res(up(up(z4, 'encoder2.transp_conv_init', 1), 'encoder2.blocks.0.0', 2), 'encoder2.blocks.0.1', 2 * fs, 2 * fs);
  const encoder2 = res(up(half, 'encoder2.blocks.1.0', 3), 'encoder2.blocks.1.1', 2 * fs, 2 * fs);
  const encoder3 = res(up(up(z7, 'encoder3.transp_conv_init', 1), 'encoder3.blocks.0.0', 2), 'encoder3.blocks.0.1', 4 * fs, 4 * fs);
  const encoder4 = up(z10, 'encoder4.transp_conv_init', 1);

  const decode = (x: Value, skip: Value, name: string, stage: number, to: number): Value =>
    res(g.apply('Concat', [up(x, `${name}.transp_conv`, stage), skip], { axis: { int: 1 } }), `${name}.conv_block`, 2 * to, to);
  const y5 = decode(bottom, encoder4, 'decoder5', 1, 8 * fs);
  const y4 = decode(y5, encoder3, 'decoder4', 2, 4 * fs);
  const y3 = decode(y4, encoder2, 'decoder3', 3, 2 * fs);
  const y2 = decode(y3, encoder1, 'decoder2', 4, fs);
  return convGraph(g, y2, 'out.conv.conv', weight, { kernel: 1, bias: true });
}

/** @returns LN(z12) and z4, z7, z10 as grids (1, d, g0, g1, g2) */
function encoderGraph(g: OnnxGraph, image: Value, s: UnetrSettings, weight: WeightConstant): { bottom: Value; taps: Value[] } {
  const grid = gridOf(s);
  const tokens = grid[0] * grid[1] * grid[2];
  const embedding = 'vit.patch_embedding';
  const patches = g.apply('Conv', [image, weight(`${embedding}.patch_embeddings.weight`), weight(`${embedding}.patch_embeddings.bias`)], {
    kernel_shape: { ints: s.patch },
    strides: { ints: s.patch },
  });
  const rows = g.transpose(g.reshape(patches, [s.width, tokens]), [1, 0]);
  let x = g.apply('Add', [rows, weight(`${embedding}.position_embeddings`, [tokens, s.width])]);
  const toGrid = (z: Value): Value => g.reshape(g.transpose(z, [1, 0]), [1, s.width, ...grid]);
  const tapped = tappedBlocks(s.depth);
  const taps: Value[] = [];
  for (let i = 0; i < s.depth; i++) {
    x = blockGraph(g, x, `vit.blocks.${i}`, tokens, s, weight);
    if (tapped.includes(i + 1)) taps.push(toGrid(x));
  }
  return { bottom: toGrid(normGraph(g, x, 'vit.norm', s, weight)), taps };
}

/** Res(ci → co) of method 8: a = LReLU(IN(Conv3(x))); b = IN(Conv3(a)); LReLU(b + x), or + IN(Conv1(x)) where ci ≠ co. */
function residualGraph(g: OnnxGraph, x: Value, prefix: string, from: number, to: number, weight: WeightConstant): Value {
  const normed = (input: Value, name: string, kernel: 1 | 3): Value =>
    instanceNormGraph(g, convGraph(g, input, `${prefix}.${name}.conv`, weight, { kernel }), to);
  const b = normed(leakyRelu(g, normed(x, 'conv1', 3)), 'conv2', 3);
  const skip = from === to ? x : normed(x, 'conv3', 1);
  return leakyRelu(g, g.apply('Add', [b, skip]));
}

function leakyRelu(g: OnnxGraph, x: Value): Value {
  return g.apply('LeakyRelu', [x], { alpha: { float: 0.01 } });
}
