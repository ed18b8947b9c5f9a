import * as z from 'zod';
import { count, id } from '../api/common.ts';
import { modelCard } from '../api/model-card.ts';

/** How a model came about, kept beside its scores: a report must be able to tell it when the model is gone. */
export const modelOrigin = z.object({
  ...modelCard.pick({ weights: true, settings: true, preparation: true, run: true }).shape,
  /** Absent where the run that made it, or one before it, is not known. */
  learned: z
    .object({
      /** Scans whose labels it learned from, with those of the models that it began with. */
      scans: count,
      /** The pre-trained model that it began with in the end; null for fresh weights. */
      from: z.object({ id, name: z.string() }).nullable(),
    })
    .exactOptional(),
});
export type ModelOrigin = z.infer<typeof modelOrigin>;
