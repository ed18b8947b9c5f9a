import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../../base/errors.ts';
import { parseEvaluation, summarise, type Evaluation } from '../../evaluation/index.ts';
import { evaluationDetails } from '../api/evaluations.ts';
import { modelOrigin } from './model-origin.ts';

export const EVALUATION_FILE = 'evaluation.json';

const { id, name, created, test, references, leftOut } = evaluationDetails.shape;

const storedSchema = z.object({
  schema: z.literal('tessera-model-evaluation/1'),
  id,
  name,
  created,
  test,
  references,
  leftOut,
  /** Of what evaluated, by name; absent of the first documents. */
  versions: z.record(z.string(), z.string()).exactOptional(),
  models: z
    .array(
      z.object({
        id,
        name: z.string(),
        network: z.string(),
        seen: z.array(id),
        /** Absent of the first documents, as is the next: nobody looked. */
        seenWithoutLabels: z.array(id).exactOptional(),
        pastUnknown: z.boolean().exactOptional(),
        /** Absent of the first documents. */
        origin: modelOrigin.exactOptional(),
        evaluation: z.unknown(),
      }),
    )
    .min(1),
});

type Parsed = z.infer<typeof storedSchema>;

/** `evaluation.json`: models, and for each the document that `tessera evaluate` writes, with the scans' ids as names of the cases. */
export type StoredEvaluation = Omit<Parsed, 'models'> & {
  models: (Omit<Parsed['models'][number], 'evaluation'> & { evaluation: Evaluation })[];
};

/**
 * The first documents have scans in their means that the model learned from: these are taken out.
 * @param intervals whether those are drawn anew, too, which takes seconds for many models; without, there are none where something was taken out
 */
function withoutSeen(evaluation: Evaluation, { seen }: Parsed['models'][number], intervals: boolean): Evaluation {
  const { cases, toleranceMm, surfaceDiceOf, bootstrap, summary } = evaluation;
  if (seen.length === 0 || cases.some((one) => one.seen === true)) return evaluation;
  const marked = cases.map((one) => (seen.includes(one.case) ? { ...one, seen: true as const } : one));
  if (intervals) return { ...summarise(marked, { ...bootstrap, tolerance: toleranceMm }), surfaceDiceOf };
  const { overall } = summarise(marked, { ...bootstrap, resamples: 1, tolerance: toleranceMm }).summary;
  const dice = { ...overall.dice, low: null, high: null };
  return { ...evaluation, cases: marked, summary: { ...summary, overall: { ...overall, dice } } };
}

/** @param intervals as for `withoutSeen` @throws TesseraError `not-found`, `bad-file` */
export async function readEvaluation(folder: string, { intervals = true } = {}): Promise<StoredEvaluation> {
  const path = join(folder, EVALUATION_FILE);
  try {
    const parsed = storedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return {
      ...parsed,
      models: parsed.models.map((model) => ({
        ...model,
        evaluation: withoutSeen(parseEvaluation(model.evaluation, EVALUATION_FILE), model, intervals),
      })),
    };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new TesseraError('not-found', 'There is no such evaluation.', { advice: 'It may have been removed.', cause });
    throw new TesseraError('bad-file', 'is not an evaluation of models, or is damaged.', {
      subject: EVALUATION_FILE,
      advice: 'Evaluate again.',
      cause,
    });
  }
}
