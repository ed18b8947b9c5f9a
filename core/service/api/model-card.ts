import * as z from 'zod';
import { count, id } from './common.ts';
import { evaluationSummary } from './evaluations.ts';
import { modelSummary } from './models.ts';
import { seenCounts } from './seen.ts';

/** Pre-training and fine-tuning alike, as far as its folder tells. */
export const modelCard = modelSummary.extend({
  /** Numbers that were learned, and bytes of the file that holds them. */
  weights: z.object({ count, bytes: count, sha256: z.string() }),
  /** Settings of the network, and how scans are prepared for it. */
  settings: z.record(z.string(), z.unknown()),
  preparation: z.record(z.string(), z.unknown()),
  /** The run that made it, where it lies beside the model. */
  run: z
    .object({
      started: z.string(),
      seed: z.number().int(),
      /** Scans by their use: training, validation. */
      scans: z.record(z.string(), count),
      /** Scans that were locked away, and never learned from. */
      locked: count,
      /** Programs that made it, by name. */
      versions: z.record(z.string(), z.string()),
      settings: z.record(z.string(), z.unknown()),
    })
    .exactOptional(),
  /** The test part that is locked in this workspace, and what of it the weights saw; absent where none is locked. */
  lockedPart: z.object({ scans: count, seen: seenCounts }).exactOptional(),
  /** What the model's maker wrote: where the weights come from, their licence, measured accuracy. */
  provenance: z.record(z.string(), z.unknown()),
});
export type ModelCard = z.infer<typeof modelCard>;

export const modelPage = modelCard.extend({
  retired: z.boolean(),
  /** Evaluations with this model, the newest first. */
  evaluations: z.array(evaluationSummary),
});
export type ModelPage = z.infer<typeof modelPage>;

/** One file with all that another workspace needs to take the model in, relative to this workspace. */
export const exportedModel = z.object({ file: z.string(), bytes: count, sha256: z.string() });
export type ExportedModel = z.infer<typeof exportedModel>;

/** A model by id; pre-trained ones and others may have the same. */
export const modelChoiceOf = z.object({ model: id, kind: modelSummary.shape.kind });
