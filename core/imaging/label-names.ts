import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';

/** Label value → name; 0 is the background. */
export type LabelNames = Readonly<Record<number, string>>;

/** Several label values under one name, which may share some with other regions. */
export interface LabelRegion {
  readonly name: string;
  readonly values: readonly number[];
  /** The value that its voxels get in a label map, unless a later region claims them. */
  readonly writes: number;
}

export interface DatasetDescription {
  readonly labelNames: LabelNames;
  /** In the order of the file; empty where there are none. */
  readonly regions: readonly LabelRegion[];
  /** Channel number → modality ('CT', 'T1'). */
  readonly channelNames: LabelNames;
  readonly problems: readonly DatasetProblem[];
}

export interface DatasetProblem {
  /** Path of the file it is about. */
  readonly file: string;
  readonly message: string;
}

/** MSD and nnU-Net v1: {"1": "name"}; nnU-Net v2: {"name": 1}, its regions {"name": [1, 2]}; or a plain list of names from 0. */
const namesSchema = z.union([z.array(z.string()), z.record(z.string(), z.union([z.string(), z.number(), z.array(z.number())]))]);
type Names = z.infer<typeof namesSchema>;

const datasetSchema = z.looseObject({
  labels: namesSchema.optional(),
  modality: namesSchema.optional(),
  channel_names: namesSchema.optional(),
  regions_class_order: z.array(z.number().int().min(1)).optional(),
});

/**
 * Label and channel names from `dataset.json` (Medical Segmentation Decathlon, nnU-Net 1 and 2) or `labels.json` (the `labels` object
 * alone) in a folder. A missing file is no problem; a damaged one is reported, never thrown.
 */
export async function describeDataset(folder: string): Promise<DatasetDescription> {
  const problems: DatasetProblem[] = [];
  const dataset = await readJson(join(folder, 'dataset.json'), datasetSchema, problems);
  const labelsFile = join(folder, 'labels.json');
  const labels = dataset?.labels ?? (await readJson(labelsFile, z.union([z.object({ labels: namesSchema }), namesSchema]), problems));
  const labelNames = labels !== undefined && typeof labels === 'object' && isWrapped(labels) ? labels.labels : labels;
  const regions = regionsOf(labelNames, dataset?.regions_class_order);
  const source = dataset?.labels === undefined ? labelsFile : join(folder, 'dataset.json');
  return {
    labelNames: byNumber(labelNames, source, problems, regions.length > 0),
    regions,
    channelNames: byNumber(dataset?.channel_names ?? dataset?.modality, join(folder, 'dataset.json'), problems),
    problems,
  };
}

function isWrapped(value: Names | { labels: Names }): value is { labels: Names } {
  return !Array.isArray(value) && typeof value['labels'] === 'object';
}

async function readJson<T>(path: string, schema: z.ZodType<T>, problems: DatasetProblem[]): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return schema.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'its labels are in no known form' : 'it is not valid JSON';
    problems.push({ file: path, message: `${basename(path)} was ignored: ${reason}.` });
    return undefined;
  }
}

function byNumber(names: Names | undefined, file: string, problems: DatasetProblem[], hasRegions = false): LabelNames {
  if (names === undefined) return {};
  if (Array.isArray(names)) return Object.fromEntries(names.map((name, value) => [value, name]));
  const result: Record<number, string> = {};
  for (const [key, entry] of Object.entries(names)) {
    const [value, name] = typeof entry === 'number' ? [entry, key] : [Number(key), entry];
    if (typeof name === 'string' && Number.isInteger(value) && value >= 0) result[value] = name;
    else if (!(hasRegions && Array.isArray(entry)))
      problems.push({ file, message: `The entry "${key}" was ignored: it is a region of several labels, or has no whole number.` });
  }
  return result;
}

/**
 * nnU-Net's regions: every entry but the background and `ignore`, each with its place in `regions_class_order`. Without that order there
 * are none: what a label map gets where regions overlap would not be known.
 */
function regionsOf(names: Names | undefined, order: readonly number[] | undefined): LabelRegion[] {
  if (names === undefined || Array.isArray(names) || order === undefined) return [];
  const regions = Object.entries(names).flatMap(([name, entry]) => {
    const values = (typeof entry === 'number' ? [entry] : Array.isArray(entry) ? entry : []).filter((value) => value > 0);
    return values.length === 0 || name === 'ignore' ? [] : [{ name, values }];
  });
  if (regions.length !== order.length) return [];
  return regions.map((region, i) => ({ ...region, writes: order[i] ?? 0 }));
}
