import * as z from 'zod';
import { count, id } from './common.ts';

/** What speaks for labelling a scan; a part that could not be measured is missing. */
const part = z.number().min(0);
const parts = z.object({ uncertainty: part.exactOptional(), distance: part.exactOptional(), error: part.exactOptional() });

/**
 * Why a scan stands where it does, for the page to say in words: the model is unsure of it; it is unlike the labelled scans and those before it;
 * the encoder cannot paint it; it stands for most of the others, where none is labelled yet; nothing could be measured of it.
 */
export const rankingReason = z.enum(['uncertain', 'different', 'unusual', 'typical', 'unmeasured']);
export type RankingReason = z.infer<typeof rankingReason>;

export const rankedScan = z.object({
  scan: id,
  /** 0 to 1: the higher, the sooner. */
  score: z.number().min(0).max(1),
  /**
   * `uncertainty`: mean normalised entropy of what the model draws, 0 to 1; `distance`: to the nearest scan that is labelled or stands before it,
   * in standard deviations of the encoder's features; `error`: mean squared error of what the encoder paints into hidden patches.
   */
  parts,
  /** Each part among all that are ranked: 1 for the most. */
  shares: parts,
  reason: rankingReason,
});
export type RankedScan = z.infer<typeof rankedScan>;

/** The newest ranking, with what was labelled since left out. */
export const ranking = z.object({
  /** When it was measured; missing when it never was. */
  measured: z.string().exactOptional(),
  /** Ids of the models that it was measured with. */
  model: id.exactOptional(),
  encoder: id.exactOptional(),
  scans: z.array(rankedScan),
  /** Scans that have labels; those of the locked test part, which no ranking may choose from; unlabelled ones that came after it was measured. */
  labelled: count,
  locked: count,
  unmeasured: count,
});
export type Ranking = z.infer<typeof ranking>;

// Between host and engine.

/** Without a model the one in use, without an encoder the newest; where there is none of a kind, its parts are left out. */
export const rankInput = z.object({
  model: id.exactOptional(),
  encoder: id.exactOptional(),
  scans: z.array(id).max(10_000).exactOptional(),
});

/** What is kept of a measurement, in `cache/ranking.json`. Embeddings are float32 in base64. */
export const rankingFile = z.object({
  schema: z.literal('tessera-ranking/1'),
  measured: z.string(),
  model: id.exactOptional(),
  encoder: id.exactOptional(),
  scans: z.array(
    z.object({ scan: id, uncertainty: part.exactOptional(), error: part.exactOptional(), embedding: z.base64().exactOptional() }),
  ),
});
export type RankingFile = z.infer<typeof rankingFile>;
