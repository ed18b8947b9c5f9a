import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { diceBce, diceCe, diceCeDefaults, type Tensor } from '../compute/index.ts';
import type { Dataset } from '../imaging/index.ts';
import { membership, orderedRegions, regionsSchema, type GivenRegion, type Region } from '../model/regions.ts';
import type { ModelDocument } from '../model/saved-model.ts';
import { nameless } from './label-classes.ts';

type Labels = ModelDocument['labels'];

/** What a network learns to tell apart. */
export interface Targets {
  /** Value and name of every label in the training data, background first; their places are the class indices. */
  readonly classes: Labels;
  /** Where there are any, each output is a region of its own, which may overlap with others; else each output is a class. */
  readonly regions?: readonly Region[];
}

/** What the loss is put together from (method 9.1). */
export interface LossSettings {
  readonly includeBackground: boolean;
  readonly squaredDice: boolean;
  readonly crossEntropyWeight: number;
}

/**
 * Classes, or regions (docs/method.md, Fine-tuning): as a run gives them, else as the data folder does (nnU-Net's dataset.json), else none.
 * @param given label values of each region by its name
 * @throws TesseraError `bad-setting` for a region of labels that never occur, or whose place in a label map is not clear
 */
export function targetsOf(classes: Labels, given: Readonly<Record<string, readonly number[]>> | null, dataset: Dataset): Targets {
  const regions: GivenRegion[] =
    given === null
      ? dataset.regions.map((region) => ({ ...region, values: [...region.values] }))
      : writing(Object.entries(given).map(([name, values]) => ({ name, values: [...values] })));
  if (regions.length === 0) return { classes };
  const present = new Set(classes.map(({ value }) => value));
  for (const { name, values } of regions)
    if (!values.some((value) => present.has(value)))
      throw new TesseraError('bad-setting', `has none of the labels that occur (${[...present].join(', ')}).`, {
        subject: `region ${name}`,
        advice: 'Check its label values, and which scans are used.',
      });
  return { classes, regions: orderedRegions(regions) };
}

/** A region writes the first of its values that no smaller one has: a region by itself may be of any number of labels. */
function writing(regions: readonly GivenRegion[]): GivenRegion[] {
  const bySize = [...regions].sort((a, b) => new Set(b.values).size - new Set(a.values).size);
  return bySize.map((region, i) => {
    const smaller = new Set(bySize.slice(i + 1).flatMap(({ values }) => values));
    const writes = region.values.find((value) => !smaller.has(value));
    return writes === undefined ? region : { ...region, writes };
  });
}

const ofRun = z.object({
  labels: z.array(z.object({ value: z.number().int().min(0), name: z.string() })),
  regions: regionsSchema.optional(),
});

/** Targets as `run.json` keeps them (method 14, item 7). */
export function targetsOfRun(extra: Readonly<Record<string, unknown>>): Targets {
  const { labels: classes, regions } = ofRun.parse(extra);
  return regions === undefined ? { classes } : { classes, regions };
}

/** One name an output, without the background (method 14, item 7). */
export function targetNames({ classes, regions }: Targets): string[] {
  return (regions ?? classes.slice(1)).map(({ name }) => name);
}

/** Logits of a voxel (method 14, item 7). */
export function outputsOf({ classes, regions }: Targets): number {
  return (regions ?? classes).length;
}

/** Labels and regions as a model keeps them (docs/method.md, Fine-tuning): with regions, the labels are what these write. */
export function modelLabels({ classes, regions }: Targets): Pick<ModelDocument, 'labels' | 'regions'> {
  if (regions === undefined) return { labels: classes };
  // The folder's name of a value, not one made up for lack of it.
  const named = new Map(classes.filter(({ value, name }) => name !== nameless(value)).map(({ value, name }) => [value, name]));
  const written = [...new Map(regions.map(({ writes, name }) => [writes, named.get(writes) ?? name]))].sort(([a], [b]) => a - b);
  return {
    labels: [{ value: 0, name: named.get(0) ?? 'background' }, ...written.map(([value, name]) => ({ value, name }))],
    regions: regions.map((region) => ({ ...region, values: [...region.values] })),
  };
}

/**
 * Dice with cross-entropy over classes, or with binary cross-entropy over regions (method 9.1). Voxels whose label is no class are left out.
 * @param logits (B, V, outputs)
 * @param labels (B, V): class indices
 */
export function targetLoss(logits: Tensor, labels: Tensor, { classes, regions }: Targets, s: LossSettings): Tensor {
  const options = { ...diceCeDefaults, squared: s.squaredDice, crossEntropyWeight: s.crossEntropyWeight };
  if (regions === undefined) return diceCe(logits, labels, { ...options, includeBackground: s.includeBackground });
  return diceBce(logits, labels, belonging(classes, regions), options);
}

/** Which class belongs to which region, g of docs/method.md, DiceCE: one row a class, one number (1 or 0) a region. */
export function belonging(classes: Labels, regions: readonly Region[]): number[][] {
  return membership(
    classes.map(({ value }) => value),
    regions,
  );
}
