import type { ParameterSpec } from './parameters.ts';

/** Weight of a 3x3x3 convolution without bias; PyTorch's start. */
export function conv3Spec(name: string, ci: number, co: number): ParameterSpec {
  return {
    name,
    shape: [3, 3, 3, ci, co],
    torchShape: [co, ci, 3, 3, 3],
    layout: 'conv3',
    start: { kind: 'torch', fanIn: 27 * ci },
    trainable: true,
  };
}

/** Weight of a 1x1x1 convolution without bias; PyTorch's start. */
export function conv1Spec(name: string, ci: number, co: number): ParameterSpec {
  return {
    name,
    shape: [ci, co],
    torchShape: [co, ci, 1, 1, 1],
    layout: 'conv1',
    start: { kind: 'torch', fanIn: ci },
    trainable: true,
  };
}

/** Weight and bias of the last 1x1x1 convolution, which is computed as a linear layer over voxels. */
export function outputSpecs(prefix: string, ci: number, co: number): ParameterSpec[] {
  const start = { kind: 'torch', fanIn: ci } as const;
  return [
    { name: `${prefix}.weight`, shape: [co, ci], torchShape: [co, ci, 1, 1, 1], layout: 'plain', start, trainable: true },
    { name: `${prefix}.bias`, shape: [co], torchShape: [co], layout: 'plain', start, trainable: true },
  ];
}
