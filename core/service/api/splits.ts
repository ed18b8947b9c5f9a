import * as z from 'zod';
import { count, id } from './common.ts';
import { errorDocument } from './errors.ts';

const share = z.number().min(0).max(1);

/** How the scans are to be shared out, of 1 together; the share of the test part counts only while there is none. */
export const splitShares = z
  .object({ training: share, validation: share, test: share })
  .refine(({ training, validation, test }) => Math.abs(training + validation + test - 1) < 1e-6, 'the shares must be 1 together')
  .refine(({ training }) => training > 0, 'something must train');
export type SplitShares = z.infer<typeof splitShares>;

/** The same scans, shares and seed give the same split. */
export const splitDraw = z.object({ seed: count.max(0xffff_ffff), parts: splitShares });
export type SplitDraw = z.infer<typeof splitDraw>;

export const newSplit = splitDraw.extend({ name: z.string().trim().min(1).max(100) });
export type NewSplit = z.infer<typeof newSplit>;

/** What a split would be. */
export const splitPreview = z.object({
  /** Scans. */
  parts: z.object({ training: count, validation: count, test: count }),
  /** Patients, as far as scans tell: those of the same files, or of the same DICOM frame of reference, belong together. */
  patients: count,
  /** Whether the test part was made before and stays as it is. */
  locked: z.boolean(),
  /** Scans in no part: they came after the test part was locked, and are of a patient in it. */
  leftOut: count,
  /** Why there can be no such split; the numbers mean nothing then. */
  problem: errorDocument.exactOptional(),
});
export type SplitPreview = z.infer<typeof splitPreview>;

export const splitSummary = z.object({
  id,
  name: z.string(),
  /** ISO 8601, UTC. */
  created: z.string(),
  author: z.string(),
  seed: count.exactOptional(),
  /** Scans of each part. */
  parts: z.record(z.string(), count),
  /** The latest is in use. */
  current: z.boolean(),
});
export type SplitSummary = z.infer<typeof splitSummary>;

/** The oldest first. */
export const splitListing = z.object({
  splits: z.array(splitSummary),
  problems: z.array(z.object({ id: z.string(), error: errorDocument })),
});
export type SplitListing = z.infer<typeof splitListing>;
