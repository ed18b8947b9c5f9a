import * as z from 'zod';
import { count, id } from './common.ts';
import { segmentState } from './layers.ts';

// What a training run is asked for, by POST /jobs and POST /preflight alike.

/** Of a run, in characters. */
export const LONGEST_NAME = 100;
const runName = z.string().trim().min(1).max(LONGEST_NAME);
const scans = z.array(id).min(1).max(10_000);
/** Settings by name, nested as they are in run.json; those that are left out come from the encoder, the recipe, or have their default. */
const settings = z.record(z.string(), z.unknown());
/** The same as they are typed on the command line, `decoder.width=96`; stronger than the others. */
const set = z.array(z.string().max(1000)).max(200);
/** Minutes that the run may take as predicted: decides the number of epochs, unless the settings give it. */
const minutes = z.number().positive().max(1e6);

export const newPretraining = z.object({
  kind: z.literal('pretrain'),
  name: runName,
  scans,
  /** Settings that go together: the name of a recipe. */
  recipe: z.string().max(100).exactOptional(),
  settings: settings.exactOptional(),
  set: set.exactOptional(),
  minutes: minutes.exactOptional(),
  /** A model whose encoder to go on with. */
  encoder: id.nullable().exactOptional(),
  seed: count.max(0xffff_ffff).exactOptional(),
  /** Whether the encoder is probed every few epochs with scans that have labels, which are never learned from; where there are two, unless given. */
  probe: z.boolean().exactOptional(),
});
export type NewPretraining = z.infer<typeof newPretraining>;

export const absentSegments = z.array(z.object({ scan: id, segments: z.array(z.string().min(1).max(1000)).min(1).max(255) }));

/** Which label maps are learned from, and what of them. */
export const labelChoice = z.object({
  /**
   * Of each scan one layer that a person drew or imported; or one of a name. Of several that fit: a consensus, else what was approved, else
   * what is done, else what was changed last.
   */
  layer: z.union([z.literal('newest'), z.object({ name: z.string().min(1).max(200) })]).default('newest'),
  /** Names of segments; all that there are, unless given. The same name means the same in all scans. */
  segments: z.array(z.string().min(1).max(1000)).min(1).max(255).exactOptional(),
  /** A scan counts where all of its wanted segments are in one of these states; in any unless given. */
  states: z.array(segmentState).min(1).exactOptional(),
  /** Segments that a person says are absent in a scan: that they are background there is right. */
  absent: absentSegments.max(100_000).exactOptional(),
});
export type LabelChoice = z.infer<typeof labelChoice>;

export const newFinetuning = z.object({
  kind: z.literal('finetune'),
  name: runName,
  scans,
  labels: labelChoice.default({ layer: 'newest' }),
  /** A split of the workspace says which of the scans train and which validate; else they are drawn, whole patients by the seed. */
  split: id.exactOptional(),
  /** One of so many folds validates, from 0; without a split. */
  fold: z.object({ of: z.number().int().min(2).max(20), index: count }).exactOptional(),
  /** A pre-trained or segmentation model whose weights to begin with; null for none. */
  encoder: id.nullable(),
  /** Epoch of a pre-trained model; the newest unless given. */
  checkpoint: count.exactOptional(),
  network: z.enum(['unetr', 'segresnet']).default('unetr'),
  /** Train the decoder only. */
  frozen: z.boolean().default(false),
  recipe: z.string().max(100).exactOptional(),
  settings: settings.exactOptional(),
  set: set.exactOptional(),
  minutes: minutes.exactOptional(),
  seed: count.max(0xffff_ffff).exactOptional(),
});
/** As it is sent; the host fills in what is left out. */
export type NewFinetuning = z.input<typeof newFinetuning>;
export type FinetuningRequest = z.output<typeof newFinetuning>;

export const newTraining = z.discriminatedUnion('kind', [newPretraining, newFinetuning]);
export type TrainingRequest = z.output<typeof newTraining>;

/** Of the event `metrics`: a run has come to a step; GET /runs/:id/metrics has what it measured. */
export const runProgress = z.object({ run: id, step: count });
