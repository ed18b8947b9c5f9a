import type { OnnxGraph, Value } from './graph.ts';
import type { WeightConstant } from './transformer-graph.ts';

type Triple = readonly [number, number, number];

/** Convolution of a cube without bias, or with the bias beside the weight; an odd kernel is padded so that stride 1 keeps the size. */
export function convGraph(
  g: OnnxGraph,
  x: Value,
  prefix: string,
  weight: WeightConstant,
  { kernel = 3, stride = 1, bias = false }: { readonly kernel?: 1 | 3; readonly stride?: 1 | 2; readonly bias?: boolean } = {},
): Value {
  const pad = (kernel - 1) / 2;
  return g.apply('Conv', [x, weight(`${prefix}.weight`), ...(bias ? [weight(`${prefix}.bias`)] : [])], {
    kernel_shape: { ints: [kernel, kernel, kernel] },
    strides: { ints: [stride, stride, stride] },
    pads: { ints: [pad, pad, pad, pad, pad, pad] },
  });
}

/** torch.nn.InstanceNorm3d without affine part; ONNX wants one, so it is 1 and 0. @param x (1, channels, …) */
export function instanceNormGraph(g: OnnxGraph, x: Value, channels: number): Value {
  const ones = g.floats(`ones_${channels}`, [channels], new Float32Array(channels).fill(1));
  const zeros = g.floats(`zeros_${channels}`, [channels], new Float32Array(channels));
  return g.apply('InstanceNormalization', [x, ones, zeros], { epsilon: { float: 1e-5 } });
}

/** torch.nn.GroupNorm, which opset 17 lacks: an instance norm with the channels of a group side by side, then scale and shift. */
export function groupNormGraph(
  g: OnnxGraph,
  x: Value,
  prefix: string,
  { channels, groups, size }: { readonly channels: number; readonly groups: number; readonly size: Triple },
  weight: WeightConstant,
): Value {
  const normed = g.reshape(instanceNormGraph(g, g.reshape(x, [1, groups, -1]), groups), [1, channels, ...size]);
  const scaled = g.apply('Mul', [normed, weight(`${prefix}.weight`, [channels, 1, 1, 1])]);
  return g.apply('Add', [scaled, weight(`${prefix}.bias`, [channels, 1, 1, 1])]);
}
