import * as z from 'zod';
import { count, geometry, id, pointLps, range, triple } from './common.ts';

const seed = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1);
/** A pre-trained model; without a checkpoint its newest. */
const ofModel = { model: id, checkpoint: count.exactOptional(), scan: id };

export const inspectRequest = z.object({
  ...ofModel,
  /** `global`: a large part of the scan, coarsely; `local`: a small one in full detail. */
  view: z.object({ kind: z.enum(['global', 'local']), centre: pointLps }),
  maskRatio: z.number().min(0.1).max(0.9),
  seed,
});
export type InspectRequest = z.infer<typeof inspectRequest>;

export const inspectVolumes = ['input', 'masked', 'reconstructed', 'error'] as const;
export type InspectVolume = (typeof inspectVolumes)[number];

/** A model that will be asked soon; without a checkpoint its newest. */
export const warmUpRequest = z.object({ model: id, checkpoint: count.exactOptional() });
export type WarmUpRequest = z.infer<typeof warmUpRequest>;

/** What the network will be given, ready before its answer: raw float32 on the grid of the view, i fastest: GET /inspect/view/:id/:volume. */
export const inspectView = z.object({
  id,
  /** The grid of the view. */
  geometry,
  /** Of both volumes. */
  range,
  maskedFraction: z.number(),
  volumes: z.array(z.enum(['input', 'masked'])),
});
export type InspectView = z.infer<typeof inspectView>;

/** Its volumes are raw float32 on the grid of the view, i fastest: GET /inspect/:id/:volume. */
export const inspectResult = z.object({
  id,
  /** The grid of the view. */
  geometry,
  /** Of input and reconstruction, for a common window. */
  range,
  /** The part of the patches that was hidden. */
  maskedFraction: z.number(),
  /** Mean absolute errors, in units of the network's input. */
  error: z.object({
    mean: z.number(),
    ofMasked: z.number(),
    /** 0: visible patches are shown as they are. */
    ofVisible: z.number(),
    /** Over the hidden voxels of each segment of the scan's newest layer. */
    perSegment: z.array(z.object({ value: count, name: z.string(), mean: z.number(), voxels: count })).exactOptional(),
  }),
  volumes: z.array(z.enum(inspectVolumes)),
  /** What a reader of the pictures must know, where there is something. */
  note: z.string().exactOptional(),
});
export type InspectResult = z.infer<typeof inspectResult>;

export const featuresRequest = z.object(ofModel);
export type FeaturesRequest = z.infer<typeof featuresRequest>;

/** First three principal components as colours: GET /features/:id is raw uint8 RGB, three bytes a patch, i fastest. */
export const featuresResult = z.object({
  id,
  /** The grid of the patches. */
  geometry,
  /** Part of the variance that each component explains. */
  explained: triple,
});
export type FeaturesResult = z.infer<typeof featuresResult>;

export const similarRequest = z.object({ ...ofModel, point: pointLps });
export type SimilarRequest = z.infer<typeof similarRequest>;

/** Cosine of each patch's features with those at the point: GET /similar/:id is raw float32, one a patch, i fastest. */
export const similarResult = z.object({ id, geometry, range });
export type SimilarResult = z.infer<typeof similarResult>;

export const consistencyRequest = z.object({ ...ofModel, seed });
export type ConsistencyRequest = z.infer<typeof consistencyRequest>;

/** How well student and teacher agree on views of the scan: matrix[row of the student][column of the teacher]. */
export const consistencyResult = z.object({ views: z.array(z.string()), matrix: z.array(z.array(z.number())) });
export type ConsistencyResult = z.infer<typeof consistencyResult>;
