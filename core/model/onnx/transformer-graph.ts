import { blockShape, type VitSettings } from '../vit.ts';
import type { OnnxGraph, Value } from './graph.ts';

/** Gives a weight of the network, in PyTorch layout, as a constant of the graph; `shape` where it differs from PyTorch's. */
export type WeightConstant = (name: string, shape?: readonly number[]) => Value;

/** One pre-norm transformer block (method 5.1) as ONNX operators. @param x (N, d) @returns (N, d) */
export function blockGraph(g: OnnxGraph, x: Value, prefix: string, tokens: number, s: VitSettings, weight: WeightConstant): Value {
  const normed = normGraph(g, x, `${prefix}.norm1`, s, weight);
  const attended = g.apply('Add', [x, attentionGraph(g, normed, `${prefix}.attn`, tokens, s, weight)]);
  const hidden = linearGraph(g, normGraph(g, attended, `${prefix}.norm2`, s, weight), `${prefix}.mlp.linear1`, weight);
  return g.apply('Add', [attended, linearGraph(g, geluGraph(g, hidden), `${prefix}.mlp.linear2`, weight)]);
}

export function normGraph(g: OnnxGraph, x: Value, prefix: string, { epsilon }: VitSettings, weight: WeightConstant): Value {
  return g.apply('LayerNormalization', [x, weight(`${prefix}.weight`), weight(`${prefix}.bias`)], {
    axis: { int: -1 },
    epsilon: { float: epsilon },
  });
}

/** softmax(Q Kᵀ / √w) V for every head at once, w = d / heads; the rows of the qkv weight are [q | k | v], heads inside. */
function attentionGraph(g: OnnxGraph, x: Value, prefix: string, tokens: number, s: VitSettings, weight: WeightConstant): Value {
  const { width, heads, qkvBias } = blockShape(s);
  const each = width / heads;
  const all = linearGraph(g, x, `${prefix}.qkv`, weight, qkvBias);
  const parts = g.transpose(g.reshape(all, [tokens, 3, heads, each]), [1, 2, 0, 3]); // (3, heads, N, w)
  const part = (i: number): Value => g.reshape(g.apply('Gather', [parts, g.integers([i])], { axis: { int: 0 } }), [heads, tokens, each]);
  const scaled = g.apply('Mul', [part(0), g.scalar(1 / Math.sqrt(each))]);
  const scores = g.apply('MatMul', [scaled, g.transpose(part(1), [0, 2, 1])]);
  const mixed = g.apply('MatMul', [g.apply('Softmax', [scores], { axis: { int: -1 } }), part(2)]);
  return linearGraph(g, g.reshape(g.transpose(mixed, [1, 0, 2]), [tokens, width]), `${prefix}.out_proj`, weight);
}

/** x Wᵀ + b, W as PyTorch keeps it. */
function linearGraph(g: OnnxGraph, x: Value, prefix: string, weight: WeightConstant, bias = true): Value {
  const inputs = [x, weight(`${prefix}.weight`), ...(bias ? [weight(`${prefix}.bias`)] : [])];
  return g.apply('Gemm', inputs, { transB: { int: 1 } });
}

/** x/2 · (1 + erf(x / √2)): opset 17 has no operator of that name. */
function geluGraph(g: OnnxGraph, x: Value): Value {
  const erf = g.apply('Erf', [g.apply('Mul', [x, g.scalar(Math.SQRT1_2)])]);
  return g.apply('Mul', [g.apply('Mul', [x, g.scalar(0.5)]), g.apply('Add', [erf, g.scalar(1)])]);
}
