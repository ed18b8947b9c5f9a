import * as z from 'zod';
import { add, concat, gatherConstant, repeatToken, scope, slice, type Tensor } from '../compute/index.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';
import { applyLinear, block, blockSpecs, linearSpecs, norm, normSpecs, plain, type BlockShape } from './transformer.ts';
import { patchVolume, type VitSettings } from './vit.ts';

export const decoderSettings = z.object({
  width: z
    .number()
    .int()
    .positive()
    .default(288)
    .meta({ description: 'Width of the decoder; 6 and the heads must divide it (paper code: 576).' }),
  depth: z.number().int().min(1).max(24).default(4).meta({ description: 'Transformer blocks in the decoder (paper code: 8).' }),
  heads: z.number().int().positive().default(8).meta({ description: 'Attention heads of the decoder (paper code: 16).' }),
});
export type DecoderSettings = z.infer<typeof decoderSettings>;

/** Weights of the decoder: H = W_d Z + b_d, mask token, blocks, final norm, W_o (method 2.3, 5.3). */
export function decoderSpecs(s: DecoderSettings, encoder: VitSettings): ParameterSpec[] {
  return [
    ...linearSpecs('decoder.embed', encoder.width, s.width),
    plain('decoder.mask_token', [s.width], { kind: 'normal', std: 0.02 }),
    ...Array.from({ length: s.depth }, (_, i) => blockSpecs(`decoder.blocks.${String(i)}`, decoderBlock(s, encoder))).flat(),
    ...normSpecs('decoder.norm', s.width),
    ...linearSpecs('decoder.predict', s.width, patchVolume(encoder)),
  ];
}

/**
 * Voxels of patches from what the encoder made of the visible ones (method 2.3): H = W_d Z + b_d; Y = W_o LN(DecBlocks([H_0 ; F + posdec])) + b_o.
 *
 * The paper puts the tokens back into raster order before the decoder. Attention does not see order, only positions, so the tokens stay
 * as they come, visible first, masked after, each with the position of its place; and where the loss counts masked patches only, the
 * last block computes only theirs.
 * @param z (V, 1 + n, d): encoder output, class token first
 * @param places (V, N): grid places of all patches, the n visible first
 * @param positions (N, width)
 * @param which the masked patches or all
 * @returns (V, N − n or N, C·P³): predictions in the order of `places`
 */
export function decode(
  z: Tensor,
  places: Tensor,
  positions: Tensor,
  p: Parameters,
  s: DecoderSettings,
  encoder: VitSettings,
  which: 'masked' | 'all' = 'masked',
): Tensor {
  return scope(() => {
    const [views = 0, tokens = 0] = z.shape;
    const all = places.shape[1] ?? 0;
    const visible = tokens - 1;
    const h = applyLinear(z, p, 'decoder.embed');
    const masked = repeatToken(parameter(p, 'decoder.mask_token'), views, all - visible);
    const f = add(concat([slice(h, 1, 1, visible), masked], 1), gatherConstant(positions, places));
    let y = concat([slice(h, 1, 0, 1), f], 1);
    const wanted = which === 'masked' ? { first: tokens, count: all - visible } : { first: 1, count: all };
    for (let i = 0; i < s.depth; i++)
      y = block(y, p, `decoder.blocks.${String(i)}`, decoderBlock(s, encoder), i === s.depth - 1 ? { wanted } : {});
    return applyLinear(norm(y, p, 'decoder.norm', encoder.epsilon), p, 'decoder.predict');
  });
}

function decoderBlock(s: DecoderSettings, encoder: VitSettings): BlockShape {
  return { width: s.width, heads: s.heads, mlpWidth: 4 * s.width, qkvBias: true, epsilon: encoder.epsilon };
}
