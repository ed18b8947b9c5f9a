import * as z from 'zod';
import { count, id } from './common.ts';
import { seenCounts } from './seen.ts';
import { labelChoice } from './training.ts';

/** What POST /jobs is given to hold models against the labels that people drew. */
export const newEvaluation = z.object({
  kind: z.literal('evaluate'),
  name: z.string().trim().min(1).max(100),
  /** All on the same scans; the first is what the others are compared with. */
  models: z.array(id).min(1).max(8),
  /** The locked test part of the splits, unless given. */
  scans: z.array(id).min(1).max(10_000).exactOptional(),
  labels: labelChoice.default({ layer: 'newest' }),
});
/** As it is sent; the host fills in what is left out. */
export type NewEvaluation = z.input<typeof newEvaluation>;
export type EvaluationRequest = z.output<typeof newEvaluation>;

const score = z.number().nullable();

/** Mean over patients, of several scans of one their mean, with its percentile bootstrap interval; `count` of patients. */
const mean = z.object({ count, mean: score, low: score, high: score });

/** b − a over the patients whom both have, without scans that either has seen with labels; `p` by Wilcoxon's signed-rank test, two-sided. */
const paired = z.object({ pairs: count, difference: score, low: score, high: score, p: score });

const caseScores = z.object({
  scan: id,
  /** Over the segments that the reference has. */
  dice: score,
  segments: z.array(z.object({ label: count, dice: score, hd95: score, surfaceDice: score })),
});

export const evaluatedModel = z.object({
  id,
  name: z.string(),
  network: z.string(),
  /**
   * Scans of the evaluation whose labels, or those of the same patient, it or a model that it began with learned from or was chosen by: its
   * scores there say nothing.
   */
  seen: z.array(id),
  /** Those that were pre-trained on without labels, and no more: a weaker leak. */
  seenWithoutLabels: z.array(id),
  /** Some of its weights came from elsewhere, or from what is no longer there: nobody here knows what they saw. */
  pastUnknown: z.boolean(),
  dice: mean,
  hd95: mean,
  surfaceDice: mean,
  segments: z.array(z.object({ label: count, name: z.string(), dice: mean, hd95: mean, surfaceDice: mean, missed: count })),
  cases: z.array(caseScores),
  /** Against the first model; absent of the first. */
  compared: z.object({ dice: paired, segments: z.array(z.object({ label: count, name: z.string(), dice: paired })) }).exactOptional(),
});
export type EvaluatedModel = z.infer<typeof evaluatedModel>;

export const evaluationSummary = z.object({
  id,
  name: z.string(),
  /** ISO 8601, UTC. */
  created: z.string(),
  /** Whether these are the scans of the locked test part. */
  test: z.boolean(),
  scans: count,
  models: z.array(z.object({ id, name: z.string(), dice: mean, seen: seenCounts })),
});
export type EvaluationSummary = z.infer<typeof evaluationSummary>;

export const evaluationDetails = evaluationSummary.extend({
  /** mm; surface Dice counts surface as right within it. */
  tolerance: z.number(),
  /** Which label map is the reference of each scan. */
  references: z.array(
    z.object({
      scan: id,
      layer: id,
      sequence: count,
      /** One of the scans of the same patient; absent of the first documents, as is the rest. */
      patient: id.exactOptional(),
      /** SHA-256 of the scan's voxels and geometry. */
      content: z.string().exactOptional(),
    }),
  ),
  leftOut: z.array(z.object({ scan: id, reason: z.enum(['no-layer', 'no-segment', 'not-ready', 'empty', 'damaged']) })),
  models: z.array(evaluatedModel),
});
export type EvaluationDetails = z.infer<typeof evaluationDetails>;
