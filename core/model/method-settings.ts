import * as z from 'zod';
import type { Triple } from '../imaging/index.ts';
import { decoderSettings } from './decoder.ts';
import { headSettings } from './projection-head.ts';
import { triple, vitSettings } from './vit.ts';

export const methodNames = ['gl-mae', 'mae', 'simmim'] as const;
export type MethodName = (typeof methodNames)[number];

const share = z.number().positive().max(1);
const shares = z.tuple([share, share]);
const sharesByAxis = z.tuple([share, share, share, share, share, share]);
const temperature = z.number().positive().max(1);

/** What a way of pre-training computes and which views it takes; how it is optimised is not part of it. */
export const methodSettings = z.object({
  method: z.enum(methodNames).default('gl-mae').meta({
    description:
      'How to pre-train: gl-mae; mae: masked autoencoder on crops of one size; simmim: mask tokens through the encoder, linear head.',
  }),
  encoder: vitSettings.prefault({}),
  decoder: decoderSettings.prefault({}),
  head: headSettings.prefault({}),
  globalSize: triple.default([160, 160, 160]).meta({ description: 'Size that global views are resized to.', unit: 'voxels' }),
  localSize: triple.default([96, 96, 96]).meta({ description: 'Size that local views are resized to.', unit: 'voxels' }),
  cropSize: triple.nullable().default(null).meta({
    description: 'mae, simmim: size of the crops, which are not resized; null: that of the local view.',
    unit: 'voxels',
  }),
  positionGrid: triple.nullable().default(null).meta({
    description:
      'Grid whose integer coordinates positions are measured in; null: that of the local view, as the paper has it. Small grids need a finer one.',
  }),
  globals: z.number().int().min(0).max(8).default(1).meta({ description: 'Global views p of each scan in a step.' }),
  locals: z.number().int().min(0).max(16).default(4).meta({ description: 'Local views q of each scan in a step.' }),
  crops: z.number().int().min(1).max(64).default(4).meta({ description: 'mae, simmim: crops of each scan in a step.' }),
  globalScale: shares.default([0.5, 1]).meta({ description: 'Size of a global view, as a share of the scan, from and to.' }),
  localScale: shares.default([0.25, 0.5]).meta({ description: 'Size of a local view, as a share of the scan, from and to.' }),
  globalScaleByAxis: sharesByAxis.nullable().default(null).meta({
    description: 'The same for each axis (R, A, S): from, to, from, to, from, to; null: globalScale for all three.',
  }),
  localScaleByAxis: sharesByAxis.nullable().default(null).meta({
    description: 'The same for each axis (R, A, S): from, to, from, to, from, to; null: localScale for all three.',
  }),
  scaleDraw: z.enum(['each-axis', 'one-factor']).default('each-axis').meta({
    description: 'Whether the size of a view is drawn for each axis by itself or by one factor for all.',
  }),
  maskRatio: z.number().min(0.1).max(0.95).default(0.75).meta({ description: 'Share r of the patches of a view that is masked.' }),
  lossPatches: z.enum(['masked', 'all']).default('masked').meta({ description: 'Patches that the reconstruction loss counts.' }),
  reconstructionError: z.enum(['l1', 'l2']).nullable().default(null).meta({
    description: 'Absolute or squared error of the voxels; null: as the method was published, l1 for simmim, else l2.',
  }),
  normaliseTargets: z.boolean().nullable().default(null).meta({
    description: 'Whether each patch to be rebuilt is brought to mean 0 and variance 1; null: as published, true for mae, else false.',
  }),
  targetFloor: z.number().positive().max(1).default(1e-4).meta({
    description: 'Added to the variance of a patch before its target is divided: keeps air from becoming noise.',
  }),
  beta: z.number().min(0).max(100).default(1).meta({ description: 'Weight β of the consistency loss; 0 leaves teacher and heads out.' }),
  studentTemperature: temperature.default(0.1).meta({ description: 'Temperature τ_s of the student.' }),
  teacherTemperature: temperature.default(0.04).meta({ description: 'Temperature τ_m of the teacher; above 0.07 is unstable.' }),
  teacherTemperatureStart: temperature.nullable().default(null).meta({
    description: 'Temperature of the teacher at the first step, from which it goes to teacherTemperature; null: constant.',
  }),
  teacherTemperatureShare: z.number().min(0).max(1).default(0.1).meta({
    description: 'Share of the steps in which it does so.',
  }),
  antiCollapse: z.enum(['none', 'centre', 'sinkhorn', 'standardise']).default('standardise').meta({
    description:
      'What keeps the teacher from one constant answer: nothing, as published; a running centre, as DINO; Sinkhorn over the batch; outputs standardised over the batch.',
  }),
  decorrelation: z.number().min(0).max(100).default(0).meta({
    description:
      "Weight γ, within the consistency loss, of the mean squared correlation between outputs of the student's head: keeps them from all saying the same.",
  }),
  centreMomentum: z.number().min(0).max(0.9999).default(0.9).meta({ description: 'centre: share of the old centre that a step keeps.' }),
  sinkhornRounds: z.number().int().min(1).max(20).default(3).meta({ description: 'sinkhorn: rounds over outputs and rows.' }),
  consistencyOf: z.enum(['class', 'patches']).default('class').meta({
    description:
      'What teacher and student are compared by: the class token of each view, as published; or each patch that the student sees of a global view.',
  }),
  pairs: z.enum(['all', 'own']).default('all').meta({
    description: 'Which teacher views a masked global view is compared with: all of its scan, or the complete form of itself.',
  }),
  teacherHead: z.enum(['average', 'student']).default('average').meta({
    description: "The teacher's head: a moving average as its encoder, or that of the student.",
  }),
});
export type MethodSettings = z.infer<typeof methodSettings>;

/** Size of the crops of `mae` and `simmim` (method 11). */
export function cropSizeOf(s: Pick<MethodSettings, 'cropSize' | 'localSize'>): Triple {
  return s.cropSize ?? s.localSize;
}

/** Error and target of the reconstruction with the published choice of each method in place of null (method 4.3, 11.1, 11.3). */
export function reconstructionForm(s: MethodSettings): { readonly error: 'l1' | 'l2'; readonly normalised: boolean } {
  return {
    error: s.reconstructionError ?? (s.method === 'simmim' ? 'l1' : 'l2'),
    normalised: s.normaliseTargets ?? s.method === 'mae',
  };
}
