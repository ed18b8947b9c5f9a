import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isTesseraError, TesseraError } from '../base/errors.ts';
import {
  checkLabels,
  findCases,
  gridDifference,
  isLabelObject,
  orientationCode,
  readCaseLabels,
  readScan,
  reorient,
  resampleLabels,
  type CaseLabels,
  type DatasetProblem,
  type Geometry,
  type Volume,
} from '../imaging/index.ts';
import { describeDataset, type LabelNames } from '../imaging/label-names.ts';
import { isFolder, listLabels, type ListedScan } from '../imaging/scan-folder.ts';
import { nameOfScan } from './scan-arguments.ts';

export interface LabelPair {
  readonly name: string;
  readonly reference: string;
  readonly prediction: string;
  /** The scan that they belong to, where it is known: contours have no grid of their own. */
  readonly scan?: string;
}

export interface LabelPairs {
  readonly pairs: readonly LabelPair[];
  /** Names that only one of the two folders has. */
  readonly withoutPrediction: readonly string[];
  readonly withoutReference: readonly string[];
  readonly labelNames: LabelNames;
}

/**
 * Label maps of two folders, matched by file name; a data folder stands for its `labels/` or `labelsTr/`. Or two files.
 * @param scan the scan of two files
 * @throws TesseraError `no-data`, `not-found`; `usage` for a file and a folder
 */
export async function labelPairs(referencePath: string, predictionPath: string, scan?: string): Promise<LabelPairs> {
  const files = await Promise.all([referencePath, predictionPath].map(async (path) => existsSync(path) && !(await isFolder(path))));
  if (files.every((isFile) => isFile)) return filePair(referencePath, predictionPath, scan);
  if (scan !== undefined)
    throw new TesseraError('usage', 'goes with two files; in folders each case finds its own scan.', {
      subject: '--scan',
      advice: 'Leave it out, and give the data folder as --reference.',
    });
  const reference = await labelFolder(referencePath);
  const references = await referencesIn(referencePath, reference);
  const predictions = new Map((await labelMaps(await labelFolder(predictionPath))).map((one) => [one.id, one.path]));
  const pairs = references.flatMap(({ id, path, scan: own }) => {
    const prediction = predictions.get(id);
    return prediction === undefined ? [] : [{ name: id, reference: path, prediction, ...(own === undefined ? {} : { scan: own }) }];
  });
  const known = new Set(references.map(({ id }) => id));
  if (pairs.length === 0)
    throw new TesseraError('no-data', `has no label map of the same name as one in ${reference}.`, {
      subject: predictionPath,
      advice: 'Give each prediction the file name of its reference.',
    });
  return {
    pairs,
    withoutPrediction: references.filter(({ id }) => !predictions.has(id)).map(({ id }) => id),
    withoutReference: [...predictions.keys()].filter((id) => !known.has(id)),
    labelNames: await namesFor(reference),
  };
}

async function filePair(reference: string, prediction: string, scan: string | undefined): Promise<LabelPairs> {
  const pair = { name: nameOfScan(reference), reference, prediction, ...(scan === undefined ? {} : { scan }) };
  return { pairs: [pair], withoutPrediction: [], withoutReference: [], labelNames: await namesFor(dirname(reference)) };
}

/** The label maps taken for the truth; with the scan of each where one is a DICOM object, which may need it. */
async function referencesIn(given: string, folder: string): Promise<(ListedScan & { readonly scan?: string })[]> {
  const data = folder === given && /^labels(Tr)?$/.test(basename(resolve(given))) ? dirname(resolve(given)) : given;
  const withScans = async (): Promise<(ListedScan & { readonly scan?: string })[]> => {
    const { cases } = await findCases(data).catch((error: unknown) => {
      if (isTesseraError(error) && error.code === 'no-data') return { cases: [] };
      throw error;
    });
    return cases.flatMap(({ id, label, images: [scan] }) =>
      label === undefined ? [] : [{ id, path: label, ...(scan === undefined ? {} : { scan }) }],
    );
  };
  if (folder === given && data === given) {
    const found = await withScans();
    return found.length > 0 ? found : labelMaps(folder);
  }
  const maps = await labelMaps(folder);
  if (!maps.some(({ path }) => isLabelObject(path))) return maps;
  const scans = new Map((await withScans()).map(({ id, scan }) => [id, scan]));
  return maps.map((map) => {
    const scan = scans.get(map.id);
    return scan === undefined ? map : { ...map, scan };
  });
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
  const maps = await listLabels(folder, problems);
  const empty = problems[0];
  if (empty !== undefined) throw new TesseraError('bad-file', empty.message, { subject: empty.file, advice: 'Remove or replace it.' });
  if (maps.length > 0) return maps;
  throw new TesseraError('no-data', 'holds no label map.', {
    subject: folder,
    advice: 'Give a folder of label maps or DICOM segmentations.',
  });
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
  /** As a DICOM object names them. */
  readonly names: LabelNames;
}

export interface PairOptions {
  readonly signal: AbortSignal;
  /** The values that labels of DICOM objects get, by their names. */
  readonly names?: LabelNames;
  /** The user's word that a prediction on another grid may be resampled (nearest voxel); refused unless given. */
  readonly resample?: boolean;
  readonly tell?: (line: string) => void;
}

/**
 * Both maps on the reference's grid. A prediction on the same grid with its axes in another order or direction is turned, which is exact;
 * nothing is resampled unless `resample` says so.
 * @throws TesseraError `grid-mismatch` naming both files; `bad-labels`; `usage` for contours without a scan
 */
export async function readPair(pair: LabelPair, options: PairOptions): Promise<PairOnOneGrid> {
  const { volume: reference, names: own } = await referenceOf(pair, options);
  const known = options.names === undefined || Object.keys(options.names).length === 0 ? own : options.names;
  const { volume, names } = await predictionOf(pair, reference.geometry, { ...options, names: known });
  const prediction = onGridOf(reference.geometry, volume, options.resample === true);
  const a = checkLabels(reference, undefined, { labelName: pair.reference });
  const b = checkLabels(prediction, reference.geometry, { labelName: pair.prediction, scanName: pair.reference });
  const values = new Set([...a.counts, ...b.counts].map(({ value }) => value).filter((value) => value !== 0));
  return {
    reference: a.labels,
    prediction: b.labels,
    geometry: reference.geometry,
    values: [...values].sort((x, y) => x - y),
    names: { ...names, ...own },
  };
}

type NamedVolume = Pick<CaseLabels, 'volume' | 'names'>;

const plain = async (path: string, signal: AbortSignal): Promise<NamedVolume> => ({
  volume: (await readScan(path, { signal })).volume,
  names: {},
});

async function referenceOf({ reference, scan }: LabelPair, options: PairOptions): Promise<NamedVolume> {
  const { signal } = options;
  if (!isLabelObject(reference)) return plain(reference, signal);
  const geometry =
    scan === undefined ? await ownGeometry(reference, signal) : (await readScan(scan, { signal, volumeIndex: 0 })).volume.geometry;
  return objectOn(reference, { path: scan ?? reference, geometry }, options);
}

/** The grid that a segmentation spans by itself. */
async function ownGeometry(path: string, signal: AbortSignal): Promise<Geometry> {
  const { readDicomLabels } = await import('../imaging/segmentations/index.ts');
  const [layer] = (await readDicomLabels(path, { signal })).layers;
  if (layer === undefined) throw new RangeError('labels without a grid');
  return layer.volume.geometry;
}

async function predictionOf({ prediction, reference, scan }: LabelPair, geometry: Geometry, options: PairOptions): Promise<NamedVolume> {
  if (!isLabelObject(prediction)) return plain(prediction, options.signal);
  return objectOn(prediction, { path: scan ?? reference, geometry }, options);
}

async function objectOn(path: string, scan: { path: string; geometry: Geometry }, options: PairOptions): Promise<NamedVolume> {
  const { names, resample, signal, tell } = options;
  const { volume, names: found, findings } = await readCaseLabels(path, scan, names, { signal, resample: resample === true });
  for (const { code, severity, message } of findings)
    if (severity === 'warning' || code === 'labels-left-out') tell?.(`${path}: ${message}`);
  return { volume, names: found };
}

function onGridOf(grid: Geometry, volume: Volume, resample: boolean): Volume {
  if (gridDifference(grid, volume.geometry) === undefined) return volume;
  const turned = reorient(volume, orientationCode(grid)).volume;
  return resample && gridDifference(grid, turned.geometry) !== undefined ? resampleLabels(turned, grid) : turned;
}
