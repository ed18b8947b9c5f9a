import * as z from 'zod';
import { gelu, scope, type Tensor } from '../compute/index.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import { applyLinear, plain } from './transformer.ts';

export const headSettings = z.object({
  hidden: z.number().int().positive().default(2048).meta({ description: 'Hidden width of the projection head.' }),
  out: z.number().int().min(2).default(512).meta({ description: 'Output width of the projection head (paper: 512).' }),
});
export type HeadSettings = z.infer<typeof headSettings>;

/** Three linear layers d → hidden → hidden → out with GELU between, truncated normal 0.02 (method 2.5, 4.8). */
export function headSpecs(s: HeadSettings, width: number): ParameterSpec[] {
  const sizes = [width, s.hidden, s.hidden, s.out];
  return [0, 1, 2].flatMap((i) => [
    plain(`head.${String(i)}.weight`, [sizes[i + 1] ?? 0, sizes[i] ?? 0], { kind: 'truncated-normal', std: 0.02 }),
    plain(`head.${String(i)}.bias`, [sizes[i + 1] ?? 0], { kind: 'zeros' }),
  ]);
}

/** E = P(z^cls). @param cls (V, d) @returns (V, out) */
export function project(cls: Tensor, p: Parameters): Tensor {
  return scope(() => applyLinear(gelu(applyLinear(gelu(applyLinear(cls, p, 'head.0')), p, 'head.1')), p, 'head.2'));
}
