import * as z from 'zod';
import { id, source } from './common.ts';
import { errorDocument } from './errors.ts';
import { newEvaluation } from './evaluations.ts';
import { improveRequest } from './improvements.ts';
import { rankInput } from './ranking.ts';
import { newFinetuning, newPretraining } from './training.ts';

/** What can be asked for in POST /jobs. */
export const newJob = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('import'), source }),
  z.object({
    kind: z.literal('segment'),
    model: id,
    scans: z.array(id).min(1).max(10_000),
    /** Keep the uncertainty of the model beside the labels. */
    entropy: z.boolean().exactOptional(),
  }),
  rankInput.extend({ kind: z.literal('rank') }),
  improveRequest.extend({ kind: z.literal('improve') }),
  newPretraining,
  newFinetuning,
  newEvaluation,
]);
export type NewJob = z.infer<typeof newJob>;

export const jobKind = z.enum(['import', 'import-layer', 'import-model', 'segment', 'rank', 'improve', 'pretrain', 'finetune', 'evaluate']);
export type JobKind = z.infer<typeof jobKind>;

export const jobState = z.enum(['queued', 'running', 'paused', 'done', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobState>;

/** A file that could not be taken in; the name is the one the user gave. */
export const importProblem = z.object({ name: z.string(), error: errorDocument });
export type ImportProblem = z.infer<typeof importProblem>;

/** What a job made; which fields there are depends on its kind. */
export const jobResult = z.object({
  scans: z.array(id).exactOptional(),
  /** Scans of an import that were in the workspace before. */
  known: z.array(id).exactOptional(),
  layers: z.array(z.object({ scan: id, layer: id })).exactOptional(),
  model: id.exactOptional(),
  /** Of training, from its beginning on. */
  run: id.exactOptional(),
  evaluation: id.exactOptional(),
  problems: z.array(importProblem).exactOptional(),
});
export type JobResult = z.infer<typeof jobResult>;

export const job = z.object({
  id,
  kind: jobKind,
  title: z.string(),
  state: jobState,
  /** One job at a time uses the accelerator; light ones run beside it. */
  uses: z.enum(['accelerator', 'light']),
  priority: z.enum(['interactive', 'normal', 'background']),
  /** Null while nobody knows how much there is to do. */
  progress: z.object({ fraction: z.number().min(0).max(1).nullable(), note: z.string() }),
  created: z.string(),
  started: z.string().exactOptional(),
  ended: z.string().exactOptional(),
  error: errorDocument.exactOptional(),
  result: jobResult.exactOptional(),
});
export type Job = z.infer<typeof job>;

export const jobMove = z.object({ by: z.enum(['up', 'down']) });
export type JobMove = z.infer<typeof jobMove>;
