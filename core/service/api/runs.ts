import * as z from 'zod';
import { count, id } from './common.ts';
import { errorDocument } from './errors.ts';
import { jobState } from './jobs.ts';

/** A training run, from the moment that it is asked for. */
export const runSummary = z.object({
  id,
  name: z.string(),
  kind: z.enum(['pretrain', 'finetune', 'other']),
  /** Of its job; `kept` for a run that no job is known of, such as one that was imported. */
  state: z.union([jobState, z.literal('kept')]),
  /** Its latest job. */
  job: id.exactOptional(),
  /** ISO 8601, UTC. */
  created: z.string(),
  /** Scans that it learns from. */
  scans: count,
  /** Steps that it has done, and of the whole run; null until it has begun. */
  step: count,
  steps: count.nullable(),
  stepsPerEpoch: count.nullable(),
  error: errorDocument.exactOptional(),
});
export type RunSummary = z.infer<typeof runSummary>;

export const runCheckpoint = z.object({
  step: count,
  epoch: count,
  /** Whether the run can go on from it; else weights to look back at. */
  whole: z.boolean(),
  note: z.string().exactOptional(),
});
export type RunCheckpoint = z.infer<typeof runCheckpoint>;

export const runDetails = runSummary.extend({
  settings: z.record(z.string(), z.unknown()),
  /** 'fresh weights', or what it began with. */
  initial: z.string().exactOptional(),
  seed: z.number().int().exactOptional(),
  versions: z.record(z.string(), z.string()),
  /** Scans by what they are used for: unlabelled, training, validation. */
  uses: z.record(z.string(), z.array(z.string())),
  checkpoints: z.array(runCheckpoint),
});
export type RunDetails = z.infer<typeof runDetails>;

/** One line of what a run measured: a step (`loss` among it), an epoch's validation, or an `event`: probe, health, case. */
export const metricsLine = z.record(z.string(), z.union([z.number(), z.string()]));
export type MetricsLine = z.infer<typeof metricsLine>;

export const runMetrics = z.object({
  /** In the order of the steps; of many steps between two some are left out. */
  lines: z.array(metricsLine),
  /** The last step that it has; ask for what comes `after` it. */
  last: count,
});
export type RunMetrics = z.infer<typeof runMetrics>;

export const newRunNote = z.object({ step: count, text: z.string().max(500) });

/** How a setting is changed on a screen. */
export const settingControl = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('switch') }),
  z.object({ kind: z.literal('choice'), choices: z.array(z.string()) }),
  z.object({ kind: z.literal('number'), whole: z.boolean(), minimum: z.number().exactOptional(), maximum: z.number().exactOptional() }),
  /** Written as on the command line; `range` says how. */
  z.object({ kind: z.literal('text') }),
]);
export type SettingControl = z.infer<typeof settingControl>;

export const trainingSetting = z.object({
  /** Dotted, such as `decoder.width`. */
  path: z.string(),
  control: settingControl,
  /** Allowed values, in words. */
  range: z.string(),
  /** As it would be typed. */
  default: z.string(),
  unit: z.string().exactOptional(),
  description: z.string(),
});
export type TrainingSetting = z.infer<typeof trainingSetting>;

export const settingsKind = z.enum(['pretrain', 'finetune', 'segresnet']);

export const trainingSettingsList = z.object({
  settings: z.array(trainingSetting),
  recipes: z.array(z.object({ name: z.string(), description: z.string(), settings: z.record(z.string(), z.string()) })),
});
export type TrainingSettingsList = z.infer<typeof trainingSettingsList>;
