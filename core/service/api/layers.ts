import * as z from 'zod';
import { box, count, dims, id, pointLps } from './common.ts';

export const colour = z.string().regex(/^#[0-9a-f]{6}$/);

/** How far the work on a segment is. */
export const segmentState = z.enum(['todo', 'working', 'flagged', 'done']);
export type SegmentState = z.infer<typeof segmentState>;

export const segment = z.object({
  value: count.max(65535),
  name: z.string(),
  colour,
  /** The concept of a terminology, where one is known: SNOMED CT and others. */
  code: z.object({ value: z.string(), scheme: z.string(), meaning: z.string() }).exactOptional(),
  state: segmentState.default('todo'),
  /** Tools leave its voxels alone. */
  locked: z.boolean().default(false),
  /** Of a proposal: a person rejected it, so it is not shown and not accepted with the others. */
  hidden: z.boolean().exactOptional(),
});
export type Segment = z.infer<typeof segment>;

export const layerSummary = z.object({
  id,
  name: z.string(),
  /** `proposal`: drawn by a model; `imported`: read from a file. */
  kind: z.enum(['label', 'proposal', 'imported']),
  dims,
  storedType: z.enum(['uint8', 'uint16']),
  segments: z.array(segment),
  /** Id of the model that drew it. */
  model: id.exactOptional(),
  /** Grows with every change: when the last one was, in milliseconds since 1970. */
  changed: count,
  /** Somebody has drawn in it, or changed its segments, since it was made. */
  edited: z.boolean().exactOptional(),
  /** A segmentation that is being computed; its voxels change without `changed`, told by `layer-grown`. */
  growing: z.boolean().exactOptional(),
  /** Whether GET …/entropy has the uncertainty of the model that drew it. */
  entropy: z.boolean().exactOptional(),
});
export type LayerSummary = z.infer<typeof layerSummary>;

export const segmentStatistics = z.object({
  value: count,
  name: z.string(),
  voxels: count,
  millilitres: z.number(),
  /** Of the scan's values (for CT in HU) in the segment; null where it is empty. */
  mean: z.number().nullable(),
  sd: z.number().nullable(),
  /** Centre of its voxels; null where it is empty. */
  centre: pointLps.nullable(),
});
export type SegmentStatistics = z.infer<typeof segmentStatistics>;

export const layerGrown = z.object({ scan: id, layer: id, box });
