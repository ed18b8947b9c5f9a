import { add, attention, gelu, layerNorm, linear, scope, slice, type AttentionShape, type Tensor } from '../compute/index.ts';
import type { DropBranch } from './drop-path.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';

export interface BlockShape {
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly qkvBias: boolean;
  /** Epsilon of the layer norms: 1e-6 in GL-MAE, 1e-5 in MONAI's UNETR (method 5.1). */
  readonly epsilon: number;
}

/** Weights of one block under MONAI's names, in the order that MONAI lists them (method 8). */
export function blockSpecs(prefix: string, shape: BlockShape): ParameterSpec[] {
  const { width: d, mlpWidth } = shape;
  return [
    ...linearSpecs(`${prefix}.mlp.linear1`, d, mlpWidth),
    ...linearSpecs(`${prefix}.mlp.linear2`, mlpWidth, d),
    ...normSpecs(`${prefix}.norm1`, d),
    ...linearSpecs(`${prefix}.attn.out_proj`, d, d),
    ...linearSpecs(`${prefix}.attn.qkv`, d, 3 * d, shape.qkvBias),
    ...normSpecs(`${prefix}.norm2`, d),
  ];
}

export interface BlockOptions {
  /** Leaves branches out in training. */
  readonly drop?: DropBranch | undefined;
  /** In a last block: every token is a key and a value, but only these of each sequence are computed further. */
  readonly wanted?: { readonly first: number; readonly count: number } | undefined;
}

/**
 * One pre-norm transformer block (method 5.1): x ← x + Attn(LN1(x)), x ← x + MLP(LN2(x)).
 * @param x (B, N, d)
 * @returns (B, N, d), or (B, n, d) of those wanted
 */
export function block(x: Tensor, p: Parameters, prefix: string, shape: BlockShape, { drop, wanted }: BlockOptions = {}): Tensor {
  return scope(() => {
    const kept = (branch: Tensor): Tensor => (drop === undefined ? branch : drop(branch));
    const asking = wanted === undefined ? x : slice(x, 1, wanted.first, wanted.count);
    const normed = norm(x, p, `${prefix}.norm1`, shape.epsilon);
    const attended = add(asking, kept(selfAttention(normed, p, `${prefix}.attn`, shape, { heads: shape.heads, queries: wanted })));
    return add(attended, kept(mlp(norm(attended, p, `${prefix}.norm2`, shape.epsilon), p, `${prefix}.mlp`)));
  });
}

function selfAttention(x: Tensor, p: Parameters, prefix: string, shape: BlockShape, attending: AttentionShape): Tensor {
  const bias = shape.qkvBias ? parameter(p, `${prefix}.qkv.bias`) : undefined;
  const qkv = linear(x, parameter(p, `${prefix}.qkv.weight`), bias); // (B, N, 3d)
  return applyLinear(attention(qkv, attending), p, `${prefix}.out_proj`);
}

function mlp(x: Tensor, p: Parameters, prefix: string): Tensor {
  return applyLinear(gelu(applyLinear(x, p, `${prefix}.linear1`)), p, `${prefix}.linear2`);
}

/** Layer norm with its weight and bias (method 5.1). */
export function norm(x: Tensor, p: Parameters, prefix: string, epsilon: number): Tensor {
  return layerNorm(x, parameter(p, `${prefix}.weight`), parameter(p, `${prefix}.bias`), epsilon);
}

/** x W^T + b (method 5.1). */
export function applyLinear(x: Tensor, p: Parameters, prefix: string): Tensor {
  return linear(x, parameter(p, `${prefix}.weight`), parameter(p, `${prefix}.bias`));
}

/** Weight and bias of a linear layer: Xavier-uniform and zero (method 5.1). */
export function linearSpecs(prefix: string, fanIn: number, fanOut: number, bias = true): ParameterSpec[] {
  const weight = plain(`${prefix}.weight`, [fanOut, fanIn], { kind: 'xavier', fanIn, fanOut });
  return bias ? [weight, plain(`${prefix}.bias`, [fanOut], { kind: 'zeros' })] : [weight];
}

/** Weight and bias of a layer norm: ones and zeros (method 5.1). */
export function normSpecs(prefix: string, width: number): ParameterSpec[] {
  return [plain(`${prefix}.weight`, [width], { kind: 'ones' }), plain(`${prefix}.bias`, [width], { kind: 'zeros' })];
}

/** A weight that PyTorch lays out as we do. */
export function plain(name: string, shape: readonly number[], start: ParameterSpec['start']): ParameterSpec {
  return { name, shape, torchShape: shape, layout: 'plain', start, trainable: true };
}
