import * as z from 'zod';
import { add, concat, gatherConstant, linear, repeatToken, reshape, scope, type Tensor } from '../compute/index.ts';
import { dropBranch, type TrainingPass } from './drop-path.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';
import { block, blockSpecs, norm, normSpecs, plain, type BlockOptions, type BlockShape } from './transformer.ts';

const size = z.number().int().positive();
export const triple = z.tuple([size, size, size]);

export const vitSettings = z.object({
  width: size.max(4096).default(192).meta({ description: 'Width d of the encoder: 192 ViT-T, 384 ViT-S, 768 ViT-B.' }),
  depth: size.max(48).default(12).meta({ description: 'Transformer blocks in the encoder.' }),
  heads: size.max(64).default(3).meta({ description: 'Attention heads; the width must divide by it.' }),
  mlpRatio: z.number().positive().max(8).default(4).meta({ description: 'Hidden width of the MLP over d.' }),
  patch: triple.default([16, 16, 16]).meta({ description: 'Patch size along each axis.', unit: 'voxels' }),
  channels: size.max(16).default(1).meta({ description: 'Input channels.' }),
  qkvBias: z.boolean().default(true).meta({ description: 'Bias on queries, keys and values (GL-MAE yes, MONAI no).' }),
  epsilon: z.number().positive().default(1e-6).meta({ description: 'Epsilon of the layer norms (GL-MAE 1e-6, MONAI 1e-5).' }),
});
export type VitSettings = z.infer<typeof vitSettings>;

/** The shape that all blocks of an encoder share (method 5.1). */
export function blockShape(s: VitSettings): BlockShape {
  return { width: s.width, heads: s.heads, mlpWidth: Math.round(s.width * s.mlpRatio), qkvBias: s.qkvBias, epsilon: s.epsilon };
}

/** Voxels of a patch over all channels (method 5.1). */
export function patchVolume(s: VitSettings): number {
  return s.patch[0] * s.patch[1] * s.patch[2] * s.channels;
}

/** Weights of patch embedding, blocks and final norm under MONAI's names (`vit.…`), without positions and class token (method 5.1). */
export function vitSpecs(s: VitSettings): ParameterSpec[] {
  const length = patchVolume(s);
  return [
    {
      name: 'vit.patch_embedding.patch_embeddings.weight',
      shape: [s.width, length],
      torchShape: [s.width, s.channels, ...s.patch],
      layout: 'patch',
      start: { kind: 'xavier', fanIn: length, fanOut: s.width },
      trainable: true,
    },
    plain('vit.patch_embedding.patch_embeddings.bias', [s.width], { kind: 'zeros' }),
    ...Array.from({ length: s.depth }, (_, i) => blockSpecs(`vit.blocks.${String(i)}`, blockShape(s))).flat(),
    ...normSpecs('vit.norm', s.width),
  ];
}

export const classToken = (s: VitSettings): ParameterSpec => plain('vit.cls_token', [s.width], { kind: 'normal', std: 0.02 });

/** t_i = W_e X_i + b_e (method 2.2). @param patches (V, n, P³) @returns (V, n, d) */
export function embed(patches: Tensor, p: Parameters): Tensor {
  return linear(
    patches,
    parameter(p, 'vit.patch_embedding.patch_embeddings.weight'),
    parameter(p, 'vit.patch_embedding.patch_embeddings.bias'),
  );
}

/**
 * The encoder of masked pre-training: Z = LN(Blocks([cls ; t_i + pos(i) for i in Vis])) (method 2.2). The class token has position zero.
 * @param patches (V, n, P³): the visible patches of V views, in any order
 * @param places (V, n): the grid place of each
 * @param positions (N, d): table of places
 * @returns (V, 1 + n, d)
 */
export function encode(patches: Tensor, places: Tensor, positions: Tensor, p: Parameters, s: VitSettings): Tensor {
  return scope(() => withClassToken(add(embed(patches, p), gatherConstant(positions, places)), p, s));
}

/** Z^cls alone (method 2.2): as `encode`, but the last block computes the class token only. @returns (V, d) */
export function encodeClass(
  patches: Tensor,
  places: Tensor,
  positions: Tensor,
  p: Parameters,
  s: VitSettings,
  training?: TrainingPass,
): Tensor {
  return scope(() => {
    const t = add(embed(patches, p), gatherConstant(positions, places));
    return reshape(withClassToken(t, p, s, { wanted: { first: 0, count: 1 }, training }), [patches.shape[0], s.width]);
  });
}

/**
 * The encoder of SimMIM (docs/method.md, the baselines): every token goes through it, the masked ones as a mask token with the position of their place. As the tokens
 * stay in the order of `places`, visible first, so does the result; attention does not see order.
 * @param patches (V, n, C·P³): the visible patches
 * @param places (V, N): grid places of all patches, the n visible first
 * @param maskToken (d)
 * @returns (V, 1 + N, d)
 */
export function encodeWithMaskTokens(
  patches: Tensor,
  places: Tensor,
  positions: Tensor,
  maskToken: Tensor,
  p: Parameters,
  s: VitSettings,
): Tensor {
  return scope(() => {
    const [views = 0, visible = 0] = patches.shape;
    const masked = repeatToken(maskToken, views, (places.shape[1] ?? 0) - visible);
    return withClassToken(add(concat([embed(patches, p), masked], 1), gatherConstant(positions, places)), p, s);
  });
}

/** LN(Blocks([cls ; t])). @param t (V, n, d) @returns (V, 1 + n, d), or what is wanted of it */
function withClassToken(t: Tensor, p: Parameters, s: VitSettings, options?: EncoderOptions): Tensor {
  const cls = repeatToken(parameter(p, 'vit.cls_token'), t.shape[0], 1);
  return norm(blocks(concat([cls, t], 1), p, s, options).last, p, 'vit.norm', s.epsilon);
}

export interface EncoderOptions {
  /** Blocks whose output is asked for, 1-based. */
  readonly taps?: readonly number[];
  readonly training?: TrainingPass | undefined;
  /** The tokens that the last block computes; without it all. */
  readonly wanted?: BlockOptions['wanted'];
}

/** All blocks in turn (method 2.2). @returns the output of the last and of those asked for, before any final norm */
export function blocks(x: Tensor, p: Parameters, s: VitSettings, options: EncoderOptions = {}): { last: Tensor; tapped: Tensor[] } {
  const { taps = [], training, wanted } = options;
  const shape = blockShape(s);
  const tapped: Tensor[] = [];
  let z = x;
  for (let i = 0; i < s.depth; i++) {
    const isLast = i === s.depth - 1;
    z = block(z, p, `vit.blocks.${String(i)}`, shape, { drop: dropBranch(training, i, s.depth), wanted: isLast ? wanted : undefined });
    if (taps.includes(i + 1)) tapped.push(z);
  }
  return { last: z, tapped };
}
