import * as z from 'zod';

/** A TesseraError as it travels: what is wrong, with what, and what to do. `unexpected` is a mistake of the program. */
export const errorDocument = z.object({
  code: z.string(),
  /** A file, scan or setting; never a whole path. */
  subject: z.string().exactOptional(),
  message: z.string(),
  advice: z.string().exactOptional(),
});
export type ErrorDocument = z.infer<typeof errorDocument>;

/** Body of every answer that is not 2xx. */
export const errorAnswer = z.object({ error: errorDocument });
export type ErrorAnswer = z.infer<typeof errorAnswer>;
