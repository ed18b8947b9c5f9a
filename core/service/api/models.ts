import * as z from 'zod';
import { count, id, triple } from './common.ts';

export const modelSummary = z.object({
  id,
  name: z.string(),
  /** `segmentation`: draws labels. `pretrained`: a run of GL-MAE, MAE or SimMIM, to be looked into. */
  kind: z.enum(['segmentation', 'pretrained']),
  /** 'UNETR', 'GL-MAE'. */
  network: z.string(),
  segments: z.array(z.object({ value: count, name: z.string() })).exactOptional(),
  created: z.string(),
  /** Voxels of a patch along i, j, k. */
  patch: triple.exactOptional(),
  /** Checkpoints of a pre-training run, the oldest first. */
  epochs: z.array(z.object({ epoch: count, step: count })).exactOptional(),
  /** Kept, but offered no more. */
  retired: z.boolean().exactOptional(),
});
export type ModelSummary = z.infer<typeof modelSummary>;
