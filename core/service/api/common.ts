import * as z from 'zod';

// Parts that several documents of the API share. The page imports the types of this folder, so nothing here may need Node.

/** Digits of a random name or a hash; nothing else becomes part of a path. */
export const id = z.string().regex(/^[0-9a-f]{8,64}$/);
export const count = z.number().int().min(0);
export const triple = z.tuple([z.number(), z.number(), z.number()]);
export const dims = z.tuple([z.number().int().min(1), z.number().int().min(1), z.number().int().min(1)]);
/** LPS millimetres: +x to the patient's left, +y to the back, +z to the head. */
export const pointLps = triple;
/** Smallest and largest value. */
export const range = z.tuple([z.number(), z.number()]);

/** Where a grid lies in the patient: voxels, millimetres, LPS; `direction` holds the unit vectors of i, j and k. */
export const geometry = z.object({ dims, spacing: triple, origin: pointLps, direction: z.tuple([triple, triple, triple]) });
export type GeometryDocument = z.infer<typeof geometry>;

/** Voxels from [i0, j0, k0] up to but without [i1, j1, k1]. */
export const box = z.tuple([count, count, count, count, count, count]);
export type BoxDocument = z.infer<typeof box>;

/** Little-endian on the wire. */
export const storedType = z.enum(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64']);
export type StoredType = z.infer<typeof storedType>;

/** What the geometry doctor and the readers noticed in a scan. */
export const finding = z.object({
  code: z.string(),
  severity: z.enum(['note', 'warning']),
  message: z.string(),
  repair: z.enum(['even-spacing', 'straighten']).exactOptional(),
});
export type FindingDocument = z.infer<typeof finding>;

/** What was uploaded, or chosen in a dialog of the desktop: a random name that stands for files. */
export const source = z.string().regex(/^[0-9a-f]{32}$/);
