import { z } from 'zod';
import { TesseraError } from '../base/errors.ts';

/**
 * What an evaluation is on disk (`tessera evaluate --out FILE.json`). A number that is not defined is null: Dice where the reference is
 * empty, a distance where one of the two surfaces is missing. `outcome` says which of the two it is.
 */
const score = z.number().nullable();

const segmentSchema = z.object({ label: z.int().min(1).max(65535), name: z.string() });

/** found: both have it; missed: only the reference; spurious: only the prediction; absent: neither. */
export const outcomes = ['found', 'missed', 'spurious', 'absent'] as const;

const segmentScoresSchema = segmentSchema.extend({
  outcome: z.enum(outcomes),
  /** 0..1; 0 when missed; null when the reference is empty. */
  dice: score,
  /** mm; null unless found. */
  hd95: score,
  /** 0..1 at the document's tolerance; 0 when missed; null when the reference is empty. */
  surfaceDice: score,
  /** mm; null unless found. */
  meanSurfaceDistance: score,
  referenceMl: z.number(),
  predictionMl: z.number(),
});

const caseSchema = z.object({
  case: z.string(),
  /** Who it is of, where that is told: means, intervals and tests count patients. A case that does not tell counts as a patient. */
  patient: z.string().exactOptional(),
  /** What was evaluated learned from it, or from another case of the patient: it is in no mean and no test. */
  seen: z.literal(true).exactOptional(),
  segments: z.array(segmentScoresSchema),
});

const metricSummarySchema = z.object({
  /** Patients, or cases that tell none, of whom there is a value. */
  count: z.int(),
  mean: score,
  /** Sample standard deviation (n − 1); null below two values. */
  std: score,
  median: score,
  min: score,
  max: score,
  /** Percentile bootstrap interval of the mean; null below two values. */
  low: score,
  high: score,
});

const metricsSchema = z.object({
  dice: metricSummarySchema,
  hd95: metricSummarySchema,
  surfaceDice: metricSummarySchema,
  meanSurfaceDistance: metricSummarySchema,
});

const outcomeCountsSchema = z.object({ found: z.int(), missed: z.int(), spurious: z.int(), absent: z.int() });

const evaluationSchema = z.object({
  schema: z.literal('tessera-evaluation/1'),
  /** Surface Dice counts surface as right within this many mm. */
  toleranceMm: z.number(),
  /** What surface Dice is a share of: area (Nikolov et al., 2018), or the number of surface voxels, as the first documents had it. */
  surfaceDiceOf: z.enum(['voxels', 'area']).default('voxels'),
  bootstrap: z.object({ resamples: z.int(), confidence: z.number(), seed: z.int() }),
  segments: z.array(segmentSchema),
  cases: z.array(caseSchema),
  summary: z.object({
    /** Over patients, and of each over the cases, of the mean over the segments that are defined in that case. */
    overall: metricsSchema.extend({ outcomes: outcomeCountsSchema }),
    segments: z.array(segmentSchema.extend({ ...metricsSchema.shape, outcomes: outcomeCountsSchema })),
  }),
});

export type Outcome = (typeof outcomes)[number];
export type SegmentScores = z.infer<typeof segmentScoresSchema>;
export type CaseEvaluation = z.infer<typeof caseSchema>;
export type MetricSummary = z.infer<typeof metricSummarySchema>;
export type OutcomeCounts = z.infer<typeof outcomeCountsSchema>;
export type Evaluation = z.infer<typeof evaluationSchema>;

/**
 * Checks a parsed JSON value, such as the file of an earlier evaluation.
 * @throws TesseraError `bad-file` naming `subject` and the first place that does not fit.
 */
export function parseEvaluation(value: unknown, subject: string): Evaluation {
  const result = evaluationSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new TesseraError('bad-file', `is not an evaluation of the form tessera-evaluation/1${where} (${issue?.message ?? 'unknown'}).`, {
    subject,
    advice: 'Give a .json file that "tessera evaluate --out FILE.json" wrote.',
    cause: result.error,
  });
}
