import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';

const labelValue = z.number().int().min(1).max(255);

/** A region as people write it; `writes` can be left out where it follows from the nesting. */
export const regionSchema = z.object({
  name: z.string().min(1),
  /** Label values whose voxels belong to the region. */
  values: z.array(labelValue).min(1),
  /** The value that a voxel of the region gets in a label map, unless a later region claims the voxel too. */
  writes: labelValue.optional(),
});
export type GivenRegion = z.infer<typeof regionSchema>;

/**
 * One sigmoid output. A model has its regions in the order in which they are written into a label map, later over earlier, as nnU-Net has it:
 * large ones first. BraTS (MSD task 01): whole tumour {1,2,3} writes 1, tumour core {2,3} writes 2, enhancing tumour {3} writes 3.
 */
export interface Region {
  readonly name: string;
  readonly values: readonly number[];
  readonly writes: number;
}

export const regionsSchema = z
  .array(regionSchema.required())
  .min(1)
  .max(16)
  .refine((regions) => new Set(regions.map(({ name }) => name)).size === regions.length, 'two regions have the same name');

/**
 * Regions in writing order, each with the value that it writes (method 14, item 7): the one value of its own that no later region has.
 * @param given in any order; those that say what they write keep it and their place among each other is by size, large ones first
 * @throws TesseraError `bad-setting` when what a region writes does not follow from the nesting
 */
export function orderedRegions(given: readonly GivenRegion[]): Region[] {
  const sorted = [...given].sort((a, b) => new Set(b.values).size - new Set(a.values).size);
  return sorted.map(({ name, values, writes }, i) => {
    const later = new Set(sorted.slice(i + 1).flatMap((region) => region.values));
    const own = [...new Set(values)].filter((value) => !later.has(value));
    const written = writes ?? (own.length === 1 ? own[0] : undefined);
    if (written === undefined)
      throw new TesseraError('bad-setting', `has ${String(own.length)} label values that no smaller region has, not one.`, {
        subject: `region ${name}`,
        advice: 'Say which value it writes ("writes").',
      });
    return { name, values: [...new Set(values)].sort((a, b) => a - b), writes: written };
  });
}

/**
 * Which class belongs to which region (method 14, item 7): what `diceBce` takes.
 * @param classes label value of each class index, background first
 * @returns one row a class, one number (1 or 0) a region
 */
export function membership(classes: readonly number[], regions: readonly Region[]): number[][] {
  return classes.map((value) => regions.map((region) => (region.values.includes(value) ? 1 : 0)));
}

/** One mask (1 inside, else 0) a region (method 14, item 7). @param labels label values */
export function regionMasks(labels: ArrayLike<number>, regions: readonly Region[]): Uint8Array[] {
  return regions.map(({ values }) => {
    const inside = new Set(values);
    return Uint8Array.from(labels, (value) => (inside.has(value) ? 1 : 0));
  });
}

/**
 * One label map from masks, later regions over earlier ones (nnU-Net's way; method 14, item 7). It is the inverse of {@link regionMasks} where regions are
 * nested or apart, and every value is written by one region.
 */
export function labelsFromMasks(masks: readonly ArrayLike<number>[], regions: readonly Region[]): Uint8Array {
  const labels = new Uint8Array(masks[0]?.length ?? 0);
  regions.forEach(({ writes }, r) => {
    const mask = masks[r];
    if (mask === undefined) throw new Error('A mask is missing.');
    for (let v = 0; v < labels.length; v++) if (mask[v] === 1) labels[v] = writes;
  });
  return labels;
}

/**
 * One label map from a network's outputs (method 14, item 7): a region holds the voxels whose logit is above 0, probability above one half.
 * @param logits (V, R)
 */
export function labelsFromLogits(logits: Float32Array, regions: readonly Region[]): Uint8Array {
  const count = regions.length;
  const labels = new Uint8Array(logits.length / count);
  for (let v = 0; v < labels.length; v++)
    for (let r = count - 1; r >= 0; r--)
      if ((logits[v * count + r] as number) > 0) {
        labels[v] = regions[r]?.writes ?? 0;
        break;
      }
  return labels;
}
