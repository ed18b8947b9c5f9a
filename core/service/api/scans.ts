import * as z from 'zod';
import { count, dims, finding, geometry, id, range, storedType, triple } from './common.ts';
import { errorDocument } from './errors.ts';

export const scanSummary = z.object({
  id,
  /** Given by the user; the kind of scan and the beginning of its id otherwise. */
  title: z.string(),
  /** 'DICOM', 'NIfTI-1'. */
  format: z.string(),
  /** 'CT', 'MR'. */
  modality: z.string().exactOptional(),
  dims,
  spacing: triple,
  /** Where i, j and k point: 'LPS', 'RAS'. */
  orientation: z.string(),
  storedType,
  bytes: count,
  /** ISO 8601, UTC. */
  added: z.string(),
  findings: z.array(finding),
  /** How many label layers it has. */
  layers: count,
  /** Its part in the split that is in use: 'training', 'validation', 'test'. */
  split: z.string().exactOptional(),
  /** Whether it lies in the trash of the workspace. */
  removed: z.boolean(),
  /** One volume of a source that holds several on one grid: `id` is shared by them all, `index` counts from 0. */
  series: z.object({ id, index: count, of: count }).exactOptional(),
});
export type ScanSummary = z.infer<typeof scanSummary>;

export const scanListing = z.object({
  scans: z.array(scanSummary),
  problems: z.array(z.object({ id: z.string(), error: errorDocument })),
});
export type ScanListing = z.infer<typeof scanListing>;

/** Level 0 is the scan; each further one has half the voxels along each axis (area means), down to 64 or fewer a side. */
export const scanLevel = z.object({ level: count, dims, spacing: triple, bytes: count });
export type ScanLevel = z.infer<typeof scanLevel>;

export const scanDetails = scanSummary.extend({
  geometry,
  /** Value = stored·slope + intercept. */
  slope: z.number(),
  intercept: z.number(),
  /** Smallest and largest stored value. */
  range,
  levels: z.array(scanLevel),
});
export type ScanDetails = z.infer<typeof scanDetails>;
