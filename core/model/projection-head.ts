import * as z from 'zod';
import { gelu, linear, scope, unitRows, type Tensor } from '../compute/index.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';
import { applyLinear, plain } from './transformer.ts';

export const headSettings = z.object({
  kind: z.enum(['mlp', 'dino']).default('mlp').meta({
    description: 'Projection head: three linear layers; or that of DINO, with a bottleneck of unit length and prototypes of unit length.',
  }),
  hidden: z.number().int().positive().default(2048).meta({ description: 'Hidden width of the projection head.' }),
  bottleneck: z.number().int().positive().default(256).meta({ description: 'dino: width of the bottleneck.' }),
  out: z.number().int().min(2).default(512).meta({ description: 'Output width of the projection head (paper: 512).' }),
});
export type HeadSettings = z.infer<typeof headSettings>;

const PROTOTYPES = 'head.prototypes.weight';

/**
 * Three linear layers with GELU between, truncated normal 0.02 (method 2.5, 4.8): d → hidden → hidden → out, or, as DINO's,
 * d → hidden → hidden → bottleneck and then `out` prototypes, which start as PyTorch starts a linear layer.
 */
export function headSpecs(s: HeadSettings, width: number): ParameterSpec[] {
  const sizes = [width, s.hidden, s.hidden, s.kind === 'mlp' ? s.out : s.bottleneck];
  const layers = [0, 1, 2].flatMap((i) => [
    plain(`head.${String(i)}.weight`, [sizes[i + 1] ?? 0, sizes[i] ?? 0], { kind: 'truncated-normal', std: 0.02 }),
    plain(`head.${String(i)}.bias`, [sizes[i + 1] ?? 0], { kind: 'zeros' }),
  ]);
  if (s.kind === 'mlp') return layers;
  return [...layers, plain(PROTOTYPES, [s.out, s.bottleneck], { kind: 'torch', fanIn: s.bottleneck })];
}

/**
 * E = P(z^cls), eq. 4 (method 2.5). Of DINO's head E_k is the cosine between the bottleneck and prototype k: a weight-normed linear layer
 * whose gain stays 1 (method 4.8).
 * @param cls (V, d) @returns (V, out)
 */
export function project(cls: Tensor, p: Parameters, s: HeadSettings): Tensor {
  return scope(() => {
    const y = applyLinear(gelu(applyLinear(gelu(applyLinear(cls, p, 'head.0')), p, 'head.1')), p, 'head.2');
    return s.kind === 'mlp' ? y : linear(unitRows(y), unitRows(parameter(p, PROTOTYPES)));
  });
}
