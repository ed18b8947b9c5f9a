import type { Random } from '../base/random.ts';
import { copy, dispose, keep, sizeOf, tensorFromOwned, type Shape, type Tensor } from '../compute/index.ts';

/** Named weights of a network. Names are those of MONAI's UNETR and timm's ViT, so that files need no translation. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** How a weight lies in memory here, and so how it is turned for PyTorch. */
export type Layout =
  /** The same as PyTorch's. */
  | 'plain'
  /** Here (3, 3, 3, in, out), in PyTorch (out, in, 3, 3, 3). */
  | 'conv3'
  /** Here (in, out), in PyTorch (out, in, 1, 1, 1). */
  | 'conv1'
  /** Here (in, f·out) ordered (dz, dy, dx, out), in PyTorch (in, out, f0, f1, f2), f = f0·f1·f2. */
  | 'up'
  /** Here (d, P³), in PyTorch (d, 1, P0, P1, P2): the same order of values. */
  | 'patch';

/** How a weight starts (method 5.1; MONAI and PyTorch defaults for the convolutions). */
export type Start =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'normal'; readonly std: number }
  /** Normal, drawn again beyond two standard deviations. */
  | { readonly kind: 'truncated-normal'; readonly std: number }
  | { readonly kind: 'xavier'; readonly fanIn: number; readonly fanOut: number }
  /** Uniform in ±1/sqrt(fanIn): PyTorch's default for convolutions and linear layers. */
  | { readonly kind: 'torch'; readonly fanIn: number }
  | { readonly kind: 'values'; readonly values: Float32Array };

export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly layout: Layout;
  /** Shape in PyTorch's state dict. */
  readonly torchShape: Shape;
  readonly start: Start;
  /** Fixed tables are stored with the model but get no gradient. */
  readonly trainable: boolean;
}

/** The weight of that name. Its absence is a mistake in the program, not in the input. */
export function parameter(parameters: Parameters, name: string): Tensor {
  const found = parameters.get(name);
  if (found === undefined) throw new Error(`The network has no parameter named ${name}.`);
  return found;
}

/** Fresh weights, each from its own stream of random numbers, so that adding one does not change the others (method 5.1). */
export function createParameters(specs: readonly ParameterSpec[], random: Random): Map<string, Tensor> {
  return new Map(specs.map((spec) => [spec.name, keep(tensorFromOwned(startValues(spec, random.fork(spec.name)), spec.shape))]));
}

/** Frees all weights. */
export function disposeParameters(parameters: Parameters): void {
  dispose(...parameters.values());
}

/** Weights under new names, sharing the tensors. */
export function withPrefix(parameters: Parameters, prefix: string): Map<string, Tensor> {
  return new Map([...parameters].map(([name, value]) => [prefix + name, value]));
}

/** Independent copies: the teacher starts as one of the student (method 2.4). */
export function copyParameters(parameters: Parameters): Map<string, Tensor> {
  return new Map([...parameters].map(([name, value]) => [name, keep(copy(value))]));
}

/** Trained values of a network (method 5.1, 8). */
export function parameterCount(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
}

function startValues({ start, shape }: ParameterSpec, random: Random): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  const fill = (draw: () => number): Float32Array => {
    for (let i = 0; i < values.length; i++) values[i] = draw();
    return values;
  };
  const uniform = (bound: number): Float32Array => fill(() => (2 * random.next() - 1) * bound);
  switch (start.kind) {
    case 'zeros':
      return values;
    case 'ones':
      return values.fill(1);
    case 'normal':
      return fill(() => random.normal() * start.std);
    case 'truncated-normal':
      return fill(() => {
        let draw = random.normal();
        while (Math.abs(draw) > 2) draw = random.normal();
        return draw * start.std;
      });
    case 'xavier':
      return uniform(Math.sqrt(6 / (start.fanIn + start.fanOut)));
    case 'torch':
      return uniform(1 / Math.sqrt(start.fanIn));
    case 'values':
      return Float32Array.from(start.values);
  }
}
