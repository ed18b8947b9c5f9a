import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { scanFormats } from './formats.ts';
import { isLabelName } from './label-files.ts';
import { describeDataset, type DatasetProblem, type LabelNames, type LabelRegion } from './label-names.ts';
import { isLabelObject } from './case-labels.ts';
import { byName, isFolder, listLabels, listScans, type ListedScan } from './scan-folder.ts';

/** One subject: a scan of one or more channels on one grid, with its label map if there is one. */
export interface DatasetCase {
  /** File name without ending and channel suffix; for a folder tree with its folders, parted by '/'. */
  readonly id: string;
  /** One path a channel. */
  readonly images: readonly string[];
  /** A label map, or a DICOM segmentation or RT structure set (`readCaseLabels`). */
  readonly label?: string;
  /** Of a DICOM object: the values that its labels shall have, by their names; those of the data folder. */
  readonly labelNames?: LabelNames;
  /** Whom it shows: as `findTrainingCases` looked it up; the id of the series for one of its volumes; else the case id counts as the patient. */
  readonly patient?: string;
}

export interface Dataset {
  readonly folder: string;
  /** `pairs`: images/ and labels/. `decathlon`: imagesTr/ and labelsTr/ (also nnU-Net). `tree`: any folder of scans. */
  readonly layout: 'pairs' | 'decathlon' | 'tree';
  /** Sorted by id. */
  readonly cases: readonly DatasetCase[];
  readonly labelNames: LabelNames;
  readonly regions: readonly LabelRegion[];
  readonly channelNames: LabelNames;
  /** Files that were left out or need a look; nothing of this stops the work. */
  readonly problems: readonly DatasetProblem[];
}

/**
 * The scans of a folder: `images/` with optional `labels/` of the same names; `imagesTr/` with optional `labelsTr/` (Medical
 * Segmentation Decathlon; nnU-Net with channels `_0000`, `_0001`; their imagesTs are not touched, being meant for testing); else every
 * scan in the folder tree, without files that are label maps by their name. A DICOM segmentation or structure set that was drawn on a series
 * beside it is its label. No file is opened but JSON and the headers of DICOM files.
 * @throws TesseraError `not-found` when the folder does not exist, `no-data` when it is no folder or has no scan.
 */
export async function findCases(folder: string): Promise<Dataset> {
  await requireFolder(folder);
  const { labelNames, regions, channelNames, problems: described } = await describeDataset(folder);
  const problems = [...described];
  const layout = (await isFolder(join(folder, 'imagesTr'))) ? 'decathlon' : (await isFolder(join(folder, 'images'))) ? 'pairs' : 'tree';
  const found = layout === 'tree' ? await treeCases(folder, problems) : await pairedCases(folder, layout, problems);
  const cases = found.map((c) => (c.label !== undefined && isLabelObject(c.label) ? { ...c, labelNames } : c));
  if (cases.length === 0) throw noData(folder, 'holds no scan that can be read.');
  reportUnevenChannels(cases, problems);
  return { folder, layout, cases, labelNames, regions, channelNames, problems };
}

async function requireFolder(folder: string): Promise<void> {
  const status = await stat(folder).catch((cause: unknown) => {
    throw new TesseraError('not-found', 'does not exist.', { subject: folder, advice: 'Check the path.', cause });
  });
  if (!status.isDirectory()) throw noData(folder, 'is a file, not a folder of scans.');
}

async function pairedCases(folder: string, layout: 'pairs' | 'decathlon', problems: DatasetProblem[]): Promise<DatasetCase[]> {
  const [imageFolder, labelFolder] = layout === 'pairs' ? ['images', 'labels'] : ['imagesTr', 'labelsTr'];
  const images = await listScans(join(folder, imageFolder), { recursive: false }, problems);
  const hasLabels = await isFolder(join(folder, labelFolder));
  const labels = hasLabels ? await listLabels(join(folder, labelFolder), problems) : [];
  const labelOf = new Map(labels.map((label) => [label.id, label.path]));

  const beside = new Map(images.map((image) => [image.path, image]));
  const cases = groupChannels(images, problems).map((found) => {
    const label = labelOf.get(found.id) ?? ownLabel(beside.get(found.images[0] ?? ''), problems);
    labelOf.delete(found.id);
    return { ...found, ...(label === undefined ? {} : { label }) };
  });
  for (const path of labelOf.values())
    problems.push({ file: path, message: `It is a label map without a scan of the same name in ${imageFolder}/.` });
  return cases;
}

const CHANNEL_SUFFIX = /^(.+)_(\d{4})$/;

/** nnU-Net's `case_0000`, `case_0001` are channels of one case, but only where `_0000` exists: `scan_2020` alone is a name. */
function groupChannels(images: readonly ListedScan[], problems: DatasetProblem[]): DatasetCase[] {
  const ids = new Set(images.map((image) => image.id));
  const groups = new Map<string, { readonly channel: number; readonly path: string; readonly series: string | undefined }[]>();
  for (const { id, path, series } of images) {
    const [, base, number] = CHANNEL_SUFFIX.exec(id) ?? [];
    const isChannel = base !== undefined && ids.has(`${base}_0000`);
    const key = isChannel ? base : id;
    groups.set(key, [...(groups.get(key) ?? []), { channel: isChannel ? Number(number) : 0, path, series }]);
  }
  const cases: DatasetCase[] = [];
  for (const [id, group] of groups) {
    group.sort((a, b) => a.channel - b.channel);
    const gap = group.findIndex(({ channel }, i) => channel !== i);
    const first = group[0]?.path ?? id;
    if (gap >= 0) problems.push({ file: first, message: `The case ${id} was left out: channel ${gap} is missing or there twice.` });
    else cases.push({ id, images: group.map(({ path }) => path), ...patientOf(group[0]?.series) });
  }
  return cases.sort((a, b) => byName(a.id, b.id));
}

async function treeCases(folder: string, problems: DatasetProblem[]): Promise<DatasetCase[]> {
  const scans = await listScans(folder, { recursive: true }, problems);
  const cases: DatasetCase[] = [];
  for (const scan of scans) {
    const { id, path, series } = scan;
    if (isLabelName(id)) problems.push({ file: path, message: 'It was left out: by its name it is a label map.' });
    else {
      const label = ownLabel(scan, problems);
      cases.push({ id, images: [path], ...(label === undefined ? {} : { label }), ...patientOf(series) });
    }
  }
  return cases;
}

/** The one DICOM object with labels that was drawn on a series. */
function ownLabel(scan: ListedScan | undefined, problems: DatasetProblem[]): string | undefined {
  const [label, ...others] = scan?.labels ?? [];
  if (scan === undefined || others.length === 0) return label;
  const names = [label ?? '', ...others].map((path) => basename(path)).join(', ');
  problems.push({
    file: scan.path,
    message: `It has ${others.length + 1} segmentations or structure sets (${names}), and none was taken as its labels: keep one, or name one in labels/ after the scan.`,
  });
  return undefined;
}

/** The volumes of one series show one patient. */
const patientOf = (series: string | undefined): Pick<DatasetCase, 'patient'> => (series === undefined ? {} : { patient: series });

function reportUnevenChannels(cases: readonly DatasetCase[], problems: DatasetProblem[]): void {
  const usual = cases[0]?.images.length ?? 0;
  for (const { id, images } of cases) {
    if (images.length === usual) continue;
    problems.push({ file: images[0] ?? id, message: `The case ${id} has ${images.length} channels; the first case has ${usual}.` });
  }
}

function noData(folder: string, message: string): TesseraError {
  const formats = scanFormats.map((format) => format.name).join(', ');
  return new TesseraError('no-data', message, {
    subject: folder,
    advice: `Give a folder with images/ (and labels/), imagesTr/ (and labelsTr/), or any folders of ${formats} files.`,
  });
}
