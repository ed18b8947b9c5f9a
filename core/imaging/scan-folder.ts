import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { mayBeDicom } from './dicom/may-be-dicom.ts';
import type { DicomSeries } from './dicom/list-series.ts';
import { seriesPath } from './dicom/series-path.ts';
import { formatOf } from './formats.ts';
import type { DatasetProblem } from './label-names.ts';
import { byName, filesOf } from './list-files.ts';

export { byName };

export interface ListedScan {
  readonly path: string;
  /** Path from the listed folder without its ending, with '/' on every system. */
  readonly id: string;
  /** The same for all volumes of one series, which show one patient; absent for a scan by itself. */
  readonly series?: string;
  /** Of a DICOM series of one volume: segmentations and structure sets in the folder that were drawn on it. */
  readonly labels?: readonly string[];
}

/**
 * Scan files of a folder by their endings, sorted by id. Hidden files (macOS writes `._name.nii.gz` beside every file) are passed
 * over, the .img of a pair counts with its .hdr, empty files and a second file of the same id become problems. DICOM series, in subfolders
 * too, are found by the headers of their files; each volume of one that holds several (time points, echoes) is a scan of its own.
 */
export async function listScans(
  folder: string,
  options: { readonly recursive: boolean },
  problems: DatasetProblem[],
): Promise<ListedScan[]> {
  const everything = await filesOf(folder, problems);
  const paths = options.recursive ? everything : everything.filter((path) => dirname(path) === dirname(join(folder, 'file')));
  const scans = new Map<string, ListedScan>();
  for (const path of paths.sort(byName)) {
    const found = formatOf(path);
    if (found === undefined || found.format.companions.includes(found.extension.toLowerCase())) continue;
    const id = relative(folder, path.slice(0, path.length - found.extension.length))
      .split(sep)
      .join('/');
    const other = scans.get(id);
    if (other !== undefined) problems.push({ file: path, message: `It was left out: ${other.path} has the same name.` });
    else if ((await sizeOf(path)) === 0) problems.push({ file: path, message: 'It was left out: the file is empty or cannot be read.' });
    else scans.set(id, { path, id });
  }
  for (const scan of await listDicom(folder, everything, problems)) {
    if (scans.has(scan.id)) problems.push({ file: scan.path, message: 'It was left out: a file has the same name.' });
    else scans.set(scan.id, scan);
  }
  return [...scans.values()].sort((a, b) => byName(a.id, b.id));
}

/** Endings that Tessera and others give to DICOM objects with labels. */
const OBJECT_ENDING = /(\.(seg|rtstruct|rtss))?(\.(dcm|dicom))?$/i;

/**
 * Label maps of a folder, as {@link listScans}, and DICOM segmentations and structure sets: those have the name of their file without its
 * ending (`case_1.seg.dcm`), or of the subfolder that they lie in.
 */
export async function listLabels(folder: string, problems: DatasetProblem[]): Promise<ListedScan[]> {
  const maps = await listScans(folder, { recursive: false }, problems);
  const candidates = (await filesOf(folder)).filter((path) => isDicomCandidate(path));
  if (candidates.length === 0) return maps;
  const { listDicomSeries } = await import('./dicom/list-series.ts');
  const { labels } = await listDicomSeries(candidates);
  const byId = new Map(maps.map((map) => [map.id, map]));
  for (const { path } of [...labels].sort((a, b) => byName(a.path, b.path))) {
    const inside = relative(folder, dirname(path)).split(sep).join('/');
    const id = inside === '' ? basename(path).replace(OBJECT_ENDING, '') : inside;
    const other = byId.get(id);
    if (other === undefined) byId.set(id, { path, id });
    else problems.push({ file: path, message: `It was left out: ${other.path} is for the same case.` });
  }
  return [...byId.values()].sort((a, b) => byName(a.id, b.id));
}

/** Fewer slices are no volume to learn from or to segment. */
const FEWEST_SLICES = 3;

/** The DICOM series below a folder by its folder's name; where a folder holds several, by their numbers too. */
async function listDicom(folder: string, files: readonly string[], problems: DatasetProblem[]): Promise<ListedScan[]> {
  const candidates = files.filter((path) => isDicomCandidate(path));
  if (candidates.length === 0) return [];
  const { listDicomSeries } = await import('./dicom/list-series.ts');
  const { series, damaged } = await listDicomSeries(candidates);
  for (const { subject, message } of damaged) problems.push({ file: subject ?? folder, message: `It was left out: it ${message}` });
  const usable = series.filter((one) => {
    const why = reasonToLeaveOut(one);
    if (why !== undefined) problems.push({ file: one.path, message: `It was left out: ${why}.` });
    return why === undefined;
  });
  const count = new Map<string, number>();
  const name = (one: DicomSeries): string => {
    const inside = relative(folder, one.folder).split(sep).join('/');
    const place = inside === '' ? basename(resolve(folder)) : inside;
    return one.path === one.folder ? place : `${place}/series-${one.seriesNumber ?? one.key}`;
  };
  for (const one of usable) count.set(name(one), (count.get(name(one)) ?? 0) + 1);
  return usable.flatMap((one) => volumesOf(one, (count.get(name(one)) ?? 0) > 1 ? `${name(one)}-${one.key}` : name(one)));
}

function volumesOf({ path, folder, key, volumes, labels }: DicomSeries, id: string): ListedScan[] {
  if (volumes === 1) return [{ path, id, ...(labels.length === 0 ? {} : { labels }) }];
  return Array.from({ length: volumes }, (_, n) => ({ path: seriesPath(folder, key, n), id: `${id}-volume-${n}`, series: id }));
}

/** Files that another format opens are not looked into. */
function isDicomCandidate(path: string): boolean {
  const format = formatOf(path)?.format.name;
  return format === 'DICOM' || (format === undefined && mayBeDicom(path));
}

function reasonToLeaveOut({ role, dims, spacing, findings }: DicomSeries): string | undefined {
  if (role === 'scout') return 'it is a localizer';
  if (role === 'unplaced') return 'its pictures have no positions in the patient';
  if (role === 'colour') return 'its pictures are in colour';
  if (spacing === undefined) return findings.at(-1)?.message ?? 'it cannot be read';
  if (dims[2] < FEWEST_SLICES) return `it has only ${dims[2]} ${dims[2] === 1 ? 'slice' : 'slices'}`;
  return undefined;
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (status) => (status.isFile() ? status.size : 0),
    () => 0,
  );
}
