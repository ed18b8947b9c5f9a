import type { SegResNetSettings } from '../segresnet.ts';
import { convGraph, groupNormGraph } from './convolution-graph.ts';
import type { OnnxGraph, Value } from './graph.ts';
import type { WeightConstant } from './transformer-graph.ts';

const GROUPS = 8;

/**
 * SegResNet (core/model/segresnet.ts) as ONNX operators, on one crop.
 * @param image (1, C, S0, S1, S2)
 * @returns logits (1, K, S0, S1, S2)
 */
export function segResNetGraph(g: OnnxGraph, image: Value, s: SegResNetSettings, weight: WeightConstant): Value {
  const conv = (x: Value, name: string, kernel: 1 | 3 = 3): Value => convGraph(g, x, `${name}.conv`, weight, { kernel });
  const normRelu = (x: Value, name: string, level: number): Value => {
    const size = [s.size[0] / 2 ** level, s.size[1] / 2 ** level, s.size[2] / 2 ** level] as const;
    return g.apply('Relu', [groupNormGraph(g, x, name, { channels: s.filters * 2 ** level, groups: GROUPS, size }, weight)]);
  };
  // x + Conv3(ReLU(GN2(Conv3(ReLU(GN1(x))))))
  const residual = (x: Value, name: string, level: number): Value => {
    const half = conv(normRelu(x, `${name}.norm1`, level), `${name}.conv1`);
    return g.apply('Add', [x, conv(normRelu(half, `${name}.norm2`, level), `${name}.conv2`)]);
  };
  const skips: Value[] = [];
  let x = conv(image, 'convInit');
  s.blocksDown.forEach((count, level) => {
    const prefix = `down_layers.${level}`;
    if (level > 0) x = convGraph(g, x, `${prefix}.0.conv`, weight, { stride: 2 });
    for (let j = 1; j <= count; j++) x = residual(x, `${prefix}.${j}`, level);
    skips.push(x);
  });
  s.blocksUp.forEach((count, i) => {
    const level = 2 - i;
    const skip = skips[level];
    if (skip === undefined) throw new Error('SegResNet goes up once for each level but the last.');
    x = g.apply('Add', [doubled(g, conv(x, `up_samples.${i}.0`, 1)), skip]);
    for (let j = 0; j < count; j++) x = residual(x, `up_layers.${i}.${j}`, level);
  });
  return convGraph(g, normRelu(x, 'conv_final.0', 0), 'conv_final.2.conv', weight, { kernel: 1, bias: true });
}

/** Trilinear, half-voxel centres: torch.nn.Upsample(scale_factor=2, mode='trilinear', align_corners=False). */
function doubled(g: OnnxGraph, x: Value): Value {
  const scales = g.floats('scales', [5], Float32Array.of(1, 1, 2, 2, 2));
  return g.apply('Resize', [x, '', scales], {
    mode: { string: 'linear' },
    coordinate_transformation_mode: { string: 'half_pixel' },
  });
}
