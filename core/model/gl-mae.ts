import * as z from 'zod';
import {
  add,
  concat,
  distributionMeters,
  groupMean,
  meanSquaredError,
  repeatRows,
  reshape,
  scale,
  scope,
  sharpen,
  slice,
  softCrossEntropy,
  tensor,
  untracked,
  type Tensor,
} from '../compute/index.ts';
import { antiCollapse, type OutputStatistics } from './anti-collapse.ts';
import { decodeMasked, decoderSettings, decoderSpecs } from './decoder.ts';
import { sinCosPositions } from './positions.ts';
import { headSettings, headSpecs, project } from './projection-head.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import { classToken, encode, triple, vitSettings, vitSpecs } from './vit.ts';

export const glMaeSettings = z.object({
  encoder: vitSettings.prefault({}),
  decoder: decoderSettings.prefault({}),
  head: headSettings.prefault({}),
  globalSize: triple.default([160, 160, 160]).meta({ description: 'Size that global views are resized to.', unit: 'voxels' }),
  localSize: triple.default([96, 96, 96]).meta({ description: 'Size that local views are resized to.', unit: 'voxels' }),
  positionGrid: triple.nullable().default(null).meta({
    description:
      'Grid whose integer coordinates positions are measured in; null: that of the local view, as the paper has it. Small grids need a finer one.',
  }),
  maskRatio: z.number().min(0.1).max(0.95).default(0.75).meta({ description: 'Share r of the patches of a view that is masked.' }),
  beta: z.number().min(0).max(100).default(1).meta({ description: 'Weight β of the consistency loss; 0 leaves teacher and heads out.' }),
  studentTemperature: z.number().positive().max(1).default(0.1).meta({ description: 'Temperature τ_s of the student.' }),
  teacherTemperature: z
    .number()
    .positive()
    .max(1)
    .default(0.04)
    .meta({ description: 'Temperature τ_m of the teacher; above 0.07 is unstable.' }),
  antiCollapse: z.enum(['none', 'standardise']).default('standardise').meta({
    description: 'What keeps the teacher from one constant answer: nothing, as published, or outputs standardised over the batch.',
  }),
});
export type GlMaeSettings = z.infer<typeof glMaeSettings>;

/** V views of one size, cut into patches, the visible ones of each view first. */
export interface Views {
  /** (V, N, P³). Views of one scan follow each other. */
  readonly patches: Tensor;
  /** (V, N): the grid place of each patch. */
  readonly places: Tensor;
  /** n, the visible patches of each view. */
  readonly visible: number;
  /** Views of each scan: p or q. */
  readonly perScan: number;
  readonly grid: readonly [number, number, number];
}

/** Weights of the student: encoder, decoder and head. The teacher has the encoder and the head (method 2.1). */
export function glMaeSpecs(s: GlMaeSettings): { student: ParameterSpec[]; teacher: ParameterSpec[] } {
  const shared = [...vitSpecs(s.encoder), classToken(s.encoder), ...(s.beta > 0 ? headSpecs(s.head, s.encoder.width) : [])];
  return { student: [...shared, ...decoderSpecs(s.decoder, s.encoder)], teacher: s.beta > 0 ? shared : [] };
}

/** The grid on which places are measured (method 4.11). */
export function positionReference(s: Pick<GlMaeSettings, 'positionGrid' | 'localSize' | 'encoder'>): [number, number, number] {
  const { localSize, positionGrid } = s;
  const { patch } = s.encoder;
  return positionGrid ?? [localSize[0] / patch[0], localSize[1] / patch[1], localSize[2] / patch[2]];
}

/** Fixed positions of a view's grid, for the encoder and for the decoder; places of all grids are measured on the local grid (4.11). */
export function positionTables(s: GlMaeSettings, grid: readonly [number, number, number]): { encoder: Tensor; decoder: Tensor } {
  const reference = positionReference(s);
  const n = grid[0] * grid[1] * grid[2];
  return {
    encoder: tensor(sinCosPositions(s.encoder.width, grid, reference), [n, s.encoder.width]),
    decoder: tensor(sinCosPositions(s.decoder.width, grid, reference), [n, s.decoder.width]),
  };
}

/** n = floor(N (1 − r)), at least one (method 2.1). */
export function visibleCount(patches: number, maskRatio: number): number {
  // 1000 · (1 − 0.9) is 99.99999999999997 in floating point.
  return Math.max(1, Math.floor(patches * (1 - maskRatio) + 1e-9));
}

export interface GlMaeLoss {
  /** L = L_R + β L_C (method 2.7). */
  readonly loss: Tensor;
  readonly observed: Record<GlMaeMeter, Tensor>;
}
export type GlMaeMeter = 'reconstructionGlobal' | 'reconstructionLocal' | 'consistency' | 'entropy' | 'meanEntropy' | 'spread';

/**
 * One step's loss (method 6.1).
 * @param tables positions for the grids of the two kinds of view
 * @param statistics running mean and variance of the heads' outputs, for batches too small to standardise by themselves
 */
export function glMaeLoss(
  global: Views,
  local: Views,
  student: Parameters,
  teacher: Parameters,
  tables: { readonly global: { encoder: Tensor; decoder: Tensor }; readonly local: { encoder: Tensor; decoder: Tensor } },
  s: GlMaeSettings,
  statistics: OutputStatistics | undefined,
): GlMaeLoss {
  const g = studentView(global, student, tables.global, s); // Ẽ_g, eq. 1
  const l = studentView(local, student, tables.local, s); // Ẽ_l
  const reconstruction = add(g.reconstruction, l.reconstruction); // L_R, eq. 2
  const zero = tensor([0], []);
  const observed = { reconstructionGlobal: g.reconstruction, reconstructionLocal: l.reconstruction };
  if (s.beta === 0 || g.embedding === undefined || l.embedding === undefined)
    return { loss: reconstruction, observed: { ...observed, consistency: zero, entropy: zero, meanEntropy: zero, spread: zero } };

  const complete = teacherOutputs(global, teacher, tables.global.encoder, s); // E_c, eq. 4
  const t = untracked(() => antiCollapse(complete, s.antiCollapse, statistics?.teacher));
  const a = sharpen(t, s.teacherTemperature); // (B·p, 512)
  const target = groupMean(a, global.perScan); // the mean over the pairs of a scan: cross-entropy is linear in a
  const e = antiCollapse(concat([g.embedding, l.embedding], 0), s.antiCollapse, statistics?.student);
  const targets = concat([repeatRows(target, global.perScan), repeatRows(target, local.perScan)], 0);
  const consistency = softCrossEntropy(scale(e, 1 / s.studentTemperature), targets); // L_C, eq. 5–8
  const meters = distributionMeters(a, complete);
  return { loss: add(reconstruction, scale(consistency, s.beta)), observed: { ...observed, consistency, ...meters } };
}

/** E_c = P_m(m(v_g)^cls): the teacher sees complete global views and gets no gradient. @returns (B·p, 512) */
function teacherOutputs(global: Views, teacher: Parameters, positions: Tensor, s: GlMaeSettings): Tensor {
  return untracked(() =>
    scope(() => {
      const z = encode(global.patches, global.places, positions, teacher, s.encoder);
      return project(classTokens(z), teacher);
    }),
  );
}

/** The student on the visible patches: the masked patches' mean squared error, and P_s(s(ṽ)^cls). */
function studentView(
  views: Views,
  p: Parameters,
  tables: { encoder: Tensor; decoder: Tensor },
  s: GlMaeSettings,
): { reconstruction: Tensor; embedding?: Tensor } {
  return scope(() => {
    const all = views.patches.shape[1] ?? 0;
    const shown = slice(views.patches, 1, 0, views.visible);
    const hidden = slice(views.patches, 1, views.visible, all - views.visible);
    const z = encode(shown, slice(views.places, 1, 0, views.visible), tables.encoder, p, s.encoder);
    const y = decodeMasked(z, views.places, tables.decoder, p, s.decoder, s.encoder);
    const reconstruction = meanSquaredError(y, hidden); // (b) of method 2.3: masked patches only
    return s.beta > 0 ? { reconstruction, embedding: project(classTokens(z), p) } : { reconstruction };
  });
}

/** Z^cls: (V, 1 + n, d) → (V, d). */
function classTokens(z: Tensor): Tensor {
  return reshape(slice(z, 1, 0, 1), [z.shape[0], z.shape[2] ?? 0]);
}
