import * as z from 'zod';
import { count, id } from './common.ts';
import { seenCounts } from './seen.ts';

/**
 * POST /jobs of the kind `improve`: fine-tunes on all labels that are done, and compares the new model with the one in use on the scans that are
 * locked away for testing.
 */
export const improveRequest = z.object({
  /** To compare with; the one in use unless given. */
  model: id.exactOptional(),
  /** Pre-trained model to begin with; the newest unless given, and where there is none, the model in use. */
  encoder: id.exactOptional(),
  /** Settings of fine-tuning by name, and how long it may take. */
  settings: z.record(z.string(), z.unknown()).exactOptional(),
  minutes: z.number().positive().max(1e6).exactOptional(),
  seed: count.max(0xffff_ffff).exactOptional(),
});

const orNull = z.number().nullable();

/** Dice of two models on the same scans; differences are new − old. */
const paired = z.object({ old: orNull, new: orNull, difference: orNull, low: orNull, high: orNull, pValue: orNull });
export const modelComparison = paired.extend({
  /** Scans that both were tested on. */
  cases: count,
  /** Patients with a score of both, which the test counts; absent in the first comparisons, which counted scans. */
  patients: count.exactOptional(),
  segments: z.array(paired.extend({ name: z.string() })),
  /** Locked scans that went into the weights of either model, or of those that they began with; absent where nobody looked. */
  seen: seenCounts.exactOptional(),
});
export type ModelComparison = z.infer<typeof modelComparison>;

/**
 * `better`: higher on the locked scans than chance explains, and offered; `level`: not so, the old one stays; `worse`: lower than chance explains;
 * `too-few`: fewer locked scans than a paired test can tell anything from, or none that both models could be tested on; `first`: there was no model to
 * compare with.
 */
export const improvementVerdict = z.enum(['better', 'level', 'worse', 'too-few', 'first']);
export type ImprovementVerdict = z.infer<typeof improvementVerdict>;

/** What came of a job `improve`. It is kept beside the model. */
export const improvement = z.object({
  /** The new model, and the run that made it. */
  model: id,
  made: z.string(),
  old: id.exactOptional(),
  encoder: id.exactOptional(),
  /** Scans that it learned from, and those with labels that are not all done. */
  scans: count,
  leftOut: count,
  verdict: improvementVerdict,
  /** Missing where there was nothing to compare. */
  comparison: modelComparison.exactOptional(),
});
export type Improvement = z.infer<typeof improvement>;

/** Models as they were taken into use, and what was tried. */
export const modelHistory = z.object({
  /** The model in use: chosen last, or else the newest that is no improvement waiting to be taken; null when there is none. */
  inUse: id.nullable(),
  /** The latest last. */
  choices: z.array(z.object({ model: id, time: z.string(), by: z.string() })),
  /** The newest first. */
  improvements: z.array(improvement),
});
export type ModelHistory = z.infer<typeof modelHistory>;

export const modelChoice = z.object({ model: id });
