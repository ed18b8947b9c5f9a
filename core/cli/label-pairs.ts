import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import {
  checkLabels,
  gridDifference,
  orientationCode,
  readScan,
  reorient,
  type DatasetProblem,
  type Geometry,
  type Volume,
} from '../imaging/index.ts';
import { describeDataset, type LabelNames } from '../imaging/label-names.ts';
import { isFolder, listScans, type ListedScan } from '../imaging/scan-folder.ts';

export interface LabelPair {
  readonly name: string;
  readonly reference: string;
  readonly prediction: string;
}

export interface LabelPairs {
  readonly pairs: readonly LabelPair[];
  /** Names that only one of the two folders has. */
  readonly withoutPrediction: readonly string[];
  readonly withoutReference: readonly string[];
  readonly labelNames: LabelNames;
}

/** Label maps of two folders, matched by file name; a data folder stands for its `labels/` or `labelsTr/`. @throws TesseraError `no-data`, `not-found` */
export async function labelPairs(referenceFolder: string, predictionFolder: string): Promise<LabelPairs> {
  const reference = await labelFolder(referenceFolder);
  const references = await labelMaps(reference);
  const predictions = new Map((await labelMaps(await labelFolder(predictionFolder))).map((scan) => [scan.id, scan.path]));
  const pairs = references.flatMap(({ id, path }) => {
    const prediction = predictions.get(id);
    return prediction === undefined ? [] : [{ name: id, reference: path, prediction }];
  });
  const known = new Set(references.map(({ id }) => id));
  if (pairs.length === 0)
    throw new TesseraError('no-data', `has no label map of the same name as one in ${reference}.`, {
      subject: predictionFolder,
      advice: 'Give each prediction the file name of its reference.',
    });
  return {
    pairs,
    withoutPrediction: references.filter(({ id }) => !predictions.has(id)).map(({ id }) => id),
    withoutReference: [...predictions.keys()].filter((id) => !known.has(id)),
    labelNames: await namesFor(reference),
  };
}

async function labelFolder(folder: string): Promise<string> {
  if (!(await isFolder(folder))) {
    const there = existsSync(folder);
    throw new TesseraError(there ? 'no-data' : 'not-found', there ? 'is a file, not a folder of label maps.' : 'does not exist.', {
      subject: folder,
      advice: 'Give a folder of label maps.',
    });
  }
  for (const inner of ['labels', 'labelsTr']) if (await isFolder(join(folder, inner))) return join(folder, inner);
  return folder;
}

async function labelMaps(folder: string): Promise<ListedScan[]> {
  const problems: DatasetProblem[] = [];
  const maps = await listScans(folder, { recursive: false }, problems);
  const empty = problems[0];
  if (empty !== undefined) throw new TesseraError('bad-file', empty.message, { subject: empty.file, advice: 'Remove or replace it.' });
  if (maps.length > 0) return maps;
  throw new TesseraError('no-data', 'holds no label map.', { subject: folder, advice: 'Give a folder of NIfTI label maps.' });
}

async function namesFor(folder: string): Promise<LabelNames> {
  const own = await describeDataset(folder);
  return Object.keys(own.labelNames).length > 0 ? own.labelNames : (await describeDataset(dirname(folder))).labelNames;
}

export interface PairOnOneGrid {
  readonly reference: Uint8Array | Uint16Array;
  readonly prediction: Uint8Array | Uint16Array;
  readonly geometry: Geometry;
  /** Label values of either, without 0. */
  readonly values: readonly number[];
}

/**
 * Both maps on the reference's grid. A prediction on the same grid with its axes in another order or direction is turned, which is exact;
 * nothing is ever resampled.
 * @throws TesseraError `grid-mismatch` naming both files; `bad-labels`
 */
export async function readPair(pair: LabelPair, signal: AbortSignal): Promise<PairOnOneGrid> {
  const reference = (await readScan(pair.reference, { signal })).volume;
  const prediction = onGridOf(reference.geometry, (await readScan(pair.prediction, { signal })).volume);
  const a = checkLabels(reference, undefined, { labelName: pair.reference });
  const b = checkLabels(prediction, reference.geometry, { labelName: pair.prediction, scanName: pair.reference });
  const values = new Set([...a.counts, ...b.counts].map(({ value }) => value).filter((value) => value !== 0));
  return { reference: a.labels, prediction: b.labels, geometry: reference.geometry, values: [...values].sort((x, y) => x - y) };
}

function onGridOf(grid: Geometry, volume: Volume): Volume {
  if (gridDifference(grid, volume.geometry) === undefined) return volume;
  return reorient(volume, orientationCode(grid)).volume;
}
