import * as z from 'zod';
import { id, source } from '../api/common.ts';
import { newEvaluation } from '../api/evaluations.ts';
import { improveRequest } from '../api/improvements.ts';
import { job } from '../api/jobs.ts';
import { rankInput } from '../api/ranking.ts';
import { newFinetuning, newPretraining } from '../api/training.ts';

/** What a job works on, as it was asked for. */
export const jobInput = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('import'), source }),
  z.object({ kind: z.literal('import-layer'), scan: id, source, resample: z.boolean().exactOptional() }),
  z.object({ kind: z.literal('import-model'), source }),
  z.object({ kind: z.literal('segment'), model: id, scans: z.array(id).min(1), entropy: z.boolean() }),
  rankInput.extend({ kind: z.literal('rank') }),
  /** `run`: the folder, made when the job was asked for. */
  newPretraining.extend({ run: id }),
  newFinetuning.extend({ run: id }),
  improveRequest.extend({ kind: z.literal('improve'), run: id }),
  newEvaluation,
]);
export type JobInput = z.infer<typeof jobInput>;

/** A job with what is needed to do it again after the host was killed. */
export const jobRecord = z.object({
  job,
  input: jobInput,
  /** How often it was begun. */
  attempts: z.number().int().min(0),
  /** How far it had come, as `JobWork.reached` says, when it was last begun anew. */
  reached: z.number().exactOptional(),
});
export type JobRecord = z.infer<typeof jobRecord>;

export const jobFile = z.object({ schema: z.literal('tessera-jobs/1'), jobs: z.array(jobRecord) });

export function hasEnded({ state }: JobRecord['job']): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
