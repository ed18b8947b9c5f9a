import { conv1, conv3 } from '../../ops/convolution.ts';
import { instanceNorm } from '../../ops/instance-norm.ts';
import type { Growth } from '../../ops/blocks.ts';
import { downConv3 } from '../../ops/down-convolution.ts';
import { groupNormRelu } from '../../ops/group-norm.ts';
import { upConv } from '../../ops/up-convolution.ts';
import { upsample } from '../../ops/upsample.ts';
import type { Tensor } from '../../tensor.ts';
import { constant, defineCase, faint, variable, type Case, type Numbers } from '../case.ts';
import { linear, transposed } from '../reference/dense.ts';
import * as reference from '../reference/volumes.ts';

const grid = [2, 3, 4, 5] as const;
const voxels = 120;

export const volumeCases: readonly Case[] = [
  ...[0.01, 1].flatMap((slope) => [
    defineCase(
      `instanceNorm, slope ${slope}`,
      [variable(...grid, 3)],
      (x) => instanceNorm(x, { slope }),
      (x) => reference.leakyRelu(reference.instanceNormalised(x, grid, 3), slope),
    ),
    residualCase(`instanceNorm, slope ${slope}, plain residual`, grid, 3, slope, false),
    residualCase(`instanceNorm, slope ${slope}, normalised residual`, grid, 3, slope, true),
  ]),
  defineCase(
    'instanceNorm of faint values',
    [faint(...grid, 3)],
    (x) => instanceNorm(x, { slope: 1 }),
    (x) => reference.instanceNormalised(x, grid, 3),
  ),
  residualCase('instanceNorm, slope 0', grid, 3, 0, false),
  // More than one group of voxels, shared among threads, the last one short.
  residualCase('instanceNorm of many voxels', [1, 17, 15, 19], 7, 0.01, true),
  residualCase('instanceNorm of many channels', [2, 2, 3, 2], 600, 0.01, true),
  defineCase(
    'conv3 of one input',
    [variable(...grid, 3), variable(3, 3, 3, 3, 2)],
    (x, weight) => conv3([x], weight),
    (x, weight) => reference.conv3(x, weight, grid),
  ),
  defineCase(
    'conv3 of two inputs',
    [variable(...grid, 2), variable(...grid, 3), variable(3, 3, 3, 5, 2)],
    (x1, x2, weight) => conv3([x1, x2], weight),
    (x1, x2, weight) => reference.conv3(reference.sideBySide([x1, x2], voxels), weight, grid),
  ),
  defineCase(
    'conv3 of a constant',
    [constant(1, 1, 2, 1, 1), variable(3, 3, 3, 1, 3)],
    (x, weight) => conv3([x], weight),
    (x, weight) => reference.conv3(x, weight, [1, 1, 2, 1]),
  ),
  defineCase(
    'conv1 of one input',
    [variable(...grid, 3), variable(3, 2)],
    (x, weight) => conv1([x], weight),
    (x, weight) => conv1Reference([x], weight, 2),
  ),
  defineCase(
    'conv1 of two inputs',
    [variable(...grid, 2), variable(...grid, 3), variable(5, 2)],
    (x1, x2, weight) => conv1([x1, x2], weight),
    (x1, x2, weight) => conv1Reference([x1, x2], weight, 2),
  ),
  upConvCase('upConv', grid, 3, 2, [2, 2, 2]),
  upConvCase('upConv of many voxels', [1, 8, 7, 9], 2, 9, [2, 2, 2]),
  upConvCase('upConv in two axes', grid, 3, 2, [1, 2, 2]),
  upConvCase('upConv in one axis', grid, 3, 2, [2, 1, 1]),
  downConvCase('downConv3', [2, 2, 4, 6], 3, 2),
  downConvCase('downConv3 of many voxels', [1, 8, 6, 10], 2, 9),
  upsampleCase('upsample', grid, 2),
  upsampleCase('upsample of single voxels', [2, 1, 3, 1], 5),
  upsampleCase('upsample of many voxels', [1, 7, 9, 8], 3),
  groupNormCase('groupNormRelu, one channel a group', grid, 3, 3),
  groupNormCase('groupNormRelu, three channels a group', grid, 6, 2),
  groupNormCase('groupNormRelu of many voxels', [1, 17, 15, 19], 8, 4),
  groupNormCase('groupNormRelu of many channels', [2, 2, 3, 2], 600, 8),
];

function residualCase(name: string, shape: reference.Grid, channels: number, slope: number, normalise: boolean): Case {
  const normalised = (x: Numbers): Numbers => reference.instanceNormalised(x, shape, channels);
  return defineCase(
    name,
    [variable(...shape, channels), variable(...shape, channels)],
    (x: Tensor, value: Tensor) => instanceNorm(x, { slope, residual: { value, normalise } }),
    (x, residual) => {
      const side = normalise ? normalised(residual) : residual;
      const sum = normalised(x).map((value, i) => value + (side[i] as number));
      return reference.leakyRelu(sum, slope);
    },
  );
}

function conv1Reference(parts: readonly Numbers[], weight: Numbers, out: number): Numbers {
  const channels = weight.length / out;
  return linear(reference.sideBySide(parts, voxels), transposed(weight, out), undefined, channels);
}

function upConvCase(name: string, shape: reference.Grid, channels: number, out: number, growth: Growth): Case {
  const [f0, f1, f2] = growth;
  return defineCase(
    name,
    [variable(...shape, channels), variable(channels, f0 * f1 * f2 * out)],
    (x, weight) => upConv(x, weight, growth),
    (x, weight) => reference.upConv(x, weight, shape, growth),
  );
}

function downConvCase(name: string, shape: reference.Grid, channels: number, out: number): Case {
  return defineCase(
    name,
    [variable(...shape, channels), variable(3, 3, 3, channels, out)],
    (x, weight) => downConv3(x, weight),
    (x, weight) => reference.everySecond(reference.conv3(x, weight, shape), shape),
  );
}

function upsampleCase(name: string, shape: reference.Grid, channels: number): Case {
  return defineCase(
    name,
    [variable(...shape, channels)],
    (x) => upsample(x),
    (x) => reference.upsampled(x, shape),
  );
}

function groupNormCase(name: string, shape: reference.Grid, channels: number, groups: number): Case {
  return defineCase(
    name,
    [variable(...shape, channels), variable(channels), variable(channels)],
    (x, weight, bias) => groupNormRelu(x, weight, bias, groups),
    (x, weight, bias) => reference.leakyRelu(reference.groupNormalised(x, weight, bias, shape, groups), 0),
  );
}
