import * as z from 'zod';
import { count } from './common.ts';

// What a model saw of the scans that it is held against, before it was. It is followed back to where its weights began, and by patient.

export const seenCounts = z.object({
  /** Scans whose labels, or those of the same patient, were learned from or chosen by: scores on them say nothing, and are left out. */
  withLabels: count,
  /** Scans that were pre-trained on without labels, and no more, or others of the same patient: a weaker leak, so scores on them count. */
  withoutLabels: count,
  /** Some of the weights came from elsewhere, or from what is no longer there: nobody here knows what they saw. */
  unknown: z.boolean(),
});
export type SeenCounts = z.infer<typeof seenCounts>;
