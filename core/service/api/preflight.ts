import * as z from 'zod';
import { count, dims, id, pointLps, triple } from './common.ts';
import { absentSegments, newPretraining, newTraining } from './training.ts';

// What is known of a training run before a second is spent on it.

export const preflightRequest = newTraining;

/** What ends a finding: a change of the request, or a scan to label first. */
export const preflightRepair = z.object({
  /** What it does, as the words of a button. */
  title: z.string(),
  leaveOut: z.array(id).exactOptional(),
  settings: z.record(z.string(), z.unknown()).exactOptional(),
  /** Segments of all names and states are learned. */
  allLabels: z.literal(true).exactOptional(),
  /** Segments that are said to be absent: they are added to `labels.absent` of the request. */
  absent: absentSegments.exactOptional(),
  /** A scan to open and to draw on. */
  label: id.exactOptional(),
});
export type PreflightRepair = z.infer<typeof preflightRepair>;

export const preflightCode = z.enum([
  'memory',
  'disk',
  'no-labels',
  'missing-segment',
  'spacing',
  'test-scan',
  'leak',
  'not-finite',
  'too-few-scans',
  'geometry',
  'setting',
  'preparation',
  'no-validation',
  'slow-to-yield',
]);
export type PreflightCode = z.infer<typeof preflightCode>;

export const preflightFinding = z.object({
  code: preflightCode,
  /** `refusal`: the run is not started. `warning`: what comes out may be worse than it could be. */
  severity: z.enum(['refusal', 'warning', 'note']),
  message: z.string(),
  /** The scan that it is about, where it is about one. */
  scan: id.exactOptional(),
  repair: preflightRepair.exactOptional(),
  /** Another way to end it. */
  otherRepair: preflightRepair.exactOptional(),
});
export type PreflightFinding = z.infer<typeof preflightFinding>;

/** Bytes at the peak, part by part. */
const memoryParts = z.object({ program: z.number(), tensors: z.number(), views: z.number(), scans: z.number(), total: z.number() });

export const preflightCard = z.object({
  /** Refusals first. */
  findings: z.array(preflightFinding),
  /** Scans that would be learned from, and that would validate. */
  scans: z.object({ training: count, validation: count }),
  /** Names of what would be learned; absent in pre-training. */
  segments: z.array(z.string()).exactOptional(),
  backend: z.object({ name: z.string(), device: z.string() }),
  /** Free space beside the runs, and what the run would take at most. */
  disk: z.object({ bytes: z.number(), free: z.number() }),
  /** What it would take; null where it could not be tried. */
  prediction: z
    .object({
      memory: memoryParts,
      machineBytes: z.number(),
      fits: z.boolean(),
      epochs: count,
      steps: count,
      secondsPerStep: z.number(),
      /** Of all processors together. */
      processorSecondsPerStep: z.number(),
      secondsPerEpoch: z.number(),
      hours: z.number(),
    })
    .nullable(),
});
export type PreflightCard = z.infer<typeof preflightCard>;

/** Views of pre-training as they would be cut from a scan. */
export const preflightViewsRequest = z.object({ job: newPretraining, scan: id, seed: count.max(0xffff_ffff) });
export type PreflightViewsRequest = z.input<typeof preflightViewsRequest>;

export const preflightView = z.object({
  kind: z.enum(['global', 'local', 'crop']),
  /** The eight corners of its box in the patient, LPS mm. */
  corners: z.array(pointLps).length(8),
  /** Edge lengths of its box. */
  millimetres: triple,
  /** Voxels that the network sees of it. */
  size: dims,
  maskedFraction: z.number(),
  /** The middle slice across the patient's long axis as the network sees it, whole and masked: PNG, base64. */
  whole: z.string(),
  masked: z.string(),
});
export type PreflightView = z.infer<typeof preflightView>;
export const preflightViews = z.object({ views: z.array(preflightView) });
export type PreflightViews = z.infer<typeof preflightViews>;
