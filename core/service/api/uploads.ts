import * as z from 'zod';
import { source } from './common.ts';

/** An empty source, to be filled with PUT /uploads/:source/files?name=… */
export const newSource = z.object({ source });
export type NewSource = z.infer<typeof newSource>;

/** What is at a source after a file was added. */
export const sourceState = z.object({ source, files: z.number().int(), bytes: z.number() });
export type SourceState = z.infer<typeof sourceState>;

export const importRequest = z.object({ source });
export type ImportRequest = z.infer<typeof importRequest>;

export const importLayerRequest = z.object({
  source,
  /** The user's word that labels on another grid may be brought onto the scan by the nearest voxel. */
  resample: z.boolean().exactOptional(),
});
export type ImportLayerRequest = z.infer<typeof importLayerRequest>;
