import * as z from 'zod';

// The shape of what was measured in a scan: on disk, on the wire and in the page. Nothing here needs Node.

const number = z.number().min(-1e6).max(1e6);
const triple = z.tuple([number, number, number]).readonly();
const unit = z.number().min(-1.000001).max(1.000001);
const direction = z.tuple([unit, unit, unit]).readonly();
const common = {
  /** Unlike that of all others of the scan. */
  id: z.number().int().min(1).max(1e9),
  kind: z.enum(['distance', 'angle', 'rectangle', 'ellipse']),
  /** LPS millimetres; an angle has its vertex in the middle. */
  points: z.array(triple).min(2).max(3).readonly(),
};

const inSlice = z.object({
  ...common,
  plane: z.enum(['axial', 'coronal', 'sagittal']),
  /** The voxel axis across the slice, and which slice. */
  axis: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  slice: z.number().int().min(0).max(65535),
});
const inPlane = z.object({
  ...common,
  plane: z.literal('oblique'),
  /** Unit vectors of the plane as it was on the screen. */
  directions: z.object({ right: direction, up: direction, away: direction }),
});

const measurement = z
  .discriminatedUnion('plane', [inSlice, inPlane])
  .refine(({ kind, points }) => points.length === (kind === 'angle' ? 3 : 2), 'It has too many or too few points.')
  .refine(({ kind, plane }) => plane !== 'oblique' || kind === 'distance' || kind === 'angle', 'A shape lies along the voxels of a slice.');

/** So many can be in one scan: the document stays smaller than a request may be. */
export const MOST_MEASUREMENTS = 1000;

/** What was measured in one scan. */
export const measurements = z
  .object({ items: z.array(measurement).max(MOST_MEASUREMENTS).readonly() })
  .refine(({ items }) => new Set(items.map(({ id }) => id)).size === items.length, 'Two have the same id.');
export type MeasurementsDocument = z.infer<typeof measurements>;
