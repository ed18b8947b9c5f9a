import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import { isTesseraError, TesseraError } from '../base/errors.ts';
import { silentTask, throwIfCancelled, type Task } from '../base/task.ts';
import type { DicomHeaderCache } from './dicom/index-files.ts';
import type { DicomSeries } from './dicom/list-series.ts';
import { mayBeDicom } from './dicom/may-be-dicom.ts';
import { seriesPath, seriesPathOf } from './dicom/series-path.ts';
import type { RepairName } from './finding.ts';
import { fileFingerprint } from './fingerprint.ts';
import { formatOf } from './formats.ts';
import { isLabelName, labelsByScan } from './label-files.ts';
import { byName, filesOf } from './list-files.ts';
import { readScan } from './read-scan.ts';
import type { ScanFile } from './scan-file.ts';

/** A scan that lies somewhere, not read yet. */
export interface FoundScan {
  /** For people: the series' description, or the file's name without ending. Names of folders are left out, for they may be a patient's. */
  readonly name: string;
  /** 'CT', 'MR', where headers tell. */
  readonly modality?: string;
  /** What `readScan` takes. What lay in an archive lies in a temporary place until {@link FoundScans.close}. */
  readonly path: string;
  /** Its label map, where a file of the same name lies in the `labels` folder beside its own. */
  readonly labels?: string;
  /** DICOM segmentations and structure sets among the files that were drawn on it. */
  readonly labelObjects?: readonly string[];
  /**
   * Reads one volume in a worker, compressed pixels in a process of their own; `header.volumes` tells how many there are.
   * @param volumeIndex the first unless given
   * @param repairs what to mend, where a finding offers it; nothing unless given
   * @throws TesseraError as `readScan`
   */
  read(volumeIndex?: number, repairs?: readonly RepairName[]): Promise<ScanFile>;
  /**
   * SHA-256 of what it is read from. Empty where a header names other files that hold the voxels.
   * @throws TesseraError as `fileFingerprint`
   */
  sources(): Promise<readonly string[]>;
}

/** A file or folder that gives no scan, and why. */
export interface ImportProblem {
  /** Its name, with those of the folders below what was given. */
  readonly name: string;
  readonly error: TesseraError;
  /** Nothing is wrong with it: it is no volume (localizer, pictures in colour), or labels of no scan here. */
  readonly leftOut?: boolean;
}

export interface FoundScans {
  readonly scans: readonly FoundScan[];
  readonly problems: readonly ImportProblem[];
  /** Removes what was unpacked. */
  close(): Promise<void>;
}

/**
 * Every scan in files, folders and zip archives, mixed and nested: DICOM series by their headers, files of the other formats by their
 * endings. One DICOM file stands for its series in its folder. Files of other kinds are passed over; what looks like a scan and is none
 * becomes a problem, never an error.
 * @param headers what an earlier call found in DICOM headers, kept up to date: files that are as they were are not read again
 * @throws TesseraError `cancelled`; `not-found` and `no-data` do not occur: a path that does not exist is a problem
 */
export async function findScans(
  paths: readonly string[],
  task: Task = silentTask,
  headers: DicomHeaderCache = new Map(),
): Promise<FoundScans> {
  const search = new Search(task, headers);
  try {
    for (const path of paths) await search.add(path);
    return await search.finish();
  } catch (error) {
    await search.close();
    throw error;
  }
}

/** A file that was met, and where the search began. */
interface MetFile {
  readonly path: string;
  readonly name: string;
  /** Given by itself, not by its folder. */
  readonly direct: boolean;
}

class Search {
  readonly #task: Task;
  readonly #files: MetFile[] = [];
  /** Series named as `folder#key`. */
  readonly #series: string[] = [];
  readonly #problems: ImportProblem[] = [];
  readonly #unpacked: string[] = [];

  readonly #headers: DicomHeaderCache;

  constructor(task: Task, headers: DicomHeaderCache) {
    this.#task = task;
    this.#headers = headers;
  }

  async add(path: string): Promise<void> {
    throwIfCancelled(this.#task);
    if (seriesPathOf(path)?.key !== undefined) this.#series.push(path);
    else await this.#addPlace(path, basename(path));
  }

  async #addPlace(path: string, name: string): Promise<void> {
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) this.#problem(name, new TesseraError('not-found', 'does not exist.', { advice: 'Check the path.' }));
    else if (status.isDirectory()) await this.#addFolder(path, name);
    else await this.#addFile({ path, name, direct: true });
  }

  async #addFolder(folder: string, name: string): Promise<void> {
    const unreadable: { file: string; message: string }[] = [];
    const files = await filesOf(folder, unreadable);
    for (const { file, message } of unreadable) this.#problem(below(folder, name, file), new TesseraError('bad-file', message));
    for (const path of files.sort(byName)) await this.#addFile({ path, name: below(folder, name, path), direct: false });
  }

  async #addFile(file: MetFile): Promise<void> {
    if (formatOf(file.path)?.format.name !== 'zip archive') {
      this.#files.push(file);
      return;
    }
    // An archive in an archive is none of a scan.
    if (this.#isUnpacked(file.path)) {
      this.#problem(file.name, new TesseraError('unsupported-file', 'is an archive in an archive.', { advice: 'Unpack it yourself.' }));
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), 'tessera-zip-'));
    this.#unpacked.push(folder);
    const { unpackZip } = await import('./zip/unpack.ts');
    await this.#orProblem(file.name, async () => {
      await unpackZip(file.path, folder, this.#task.signal);
      await this.#addFolder(folder, file.name);
    });
  }

  #isUnpacked(path: string): boolean {
    return this.#unpacked.some((folder) => path.startsWith(folder + sep));
  }

  async finish(): Promise<FoundScans> {
    const { scans: gridScans, others } = await this.#gridFiles();
    const dicom = await this.#dicom(others);
    const scans = [...gridScans, ...dicom].sort((a, b) => byName(a.path, b.path));
    return { scans, problems: this.#problems, close: () => this.close() };
  }

  async close(): Promise<void> {
    for (const folder of this.#unpacked) await rm(folder, { recursive: true, force: true });
  }

  /** Files of formats with one scan a file, and all others. */
  async #gridFiles(): Promise<{ scans: FoundScan[]; others: MetFile[] }> {
    const others: MetFile[] = [];
    const grids: (MetFile & { readonly stem: string })[] = [];
    for (const file of this.#files) {
      const found = formatOf(file.path);
      if (found === undefined || found.format.name === 'DICOM') others.push(file);
      else if (!found.format.companions.includes(found.extension.toLowerCase()) || file.direct)
        grids.push({ ...file, stem: file.path.slice(0, file.path.length - found.extension.length) });
    }
    const labels = labelsByScan(grids.map(({ path, stem }) => ({ path, stem })));
    const taken = new Set(labels.values());
    const scans: FoundScan[] = [];
    for (const { path, name, stem, direct } of grids) {
      if (taken.has(path)) continue;
      const label = labels.get(path);
      if (label === undefined && !direct && isLabelName(name)) this.#problem(name, labelMap(), true);
      else if ((await sizeOf(path)) === 0)
        this.#problem(name, new TesseraError('bad-file', 'is empty or cannot be read.', { advice: 'Copy it again.' }));
      else scans.push(this.#scan({ name: basename(stem), path, ...(label === undefined ? {} : { labels: label }) }));
    }
    return { scans, others };
  }

  async #dicom(files: readonly MetFile[]): Promise<FoundScan[]> {
    const { listDicomSeries } = await import('./dicom/list-series.ts');
    const unknown = (file: MetFile): boolean => file.direct && !mayBeDicom(file.path);
    for (const file of files.filter(unknown)) this.#problem(file.name, unsupported());
    const candidates = files.filter(({ path }) => mayBeDicom(path));
    const nameOf = new Map(candidates.map(({ path, name }) => [path, name]));
    this.#task.progress({ stage: 'look for scans', done: 0, total: candidates.length });
    const listing = await listDicomSeries(
      candidates.map(({ path }) => path),
      this.#task.signal,
      this.#headers,
    );
    const drawn = new Set(listing.series.flatMap(({ labels }) => labels));
    for (const error of listing.damaged) this.#problem(nameOf.get(error.subject ?? '') ?? basename(error.subject ?? ''), error);
    for (const { path, name, direct } of candidates) {
      const found = this.#headers.get(path)?.found;
      if (direct && found === undefined) this.#problem(name, unsupported());
      else if (drawn.has(path)) continue;
      else if (direct && isTesseraError(found) && found.code === 'unsupported-file') this.#problem(name, found);
    }
    // What was unpacked lies elsewhere the next time.
    for (const { path } of candidates) if (this.#isUnpacked(path)) this.#headers.delete(path);
    const named = await Promise.all(this.#series.map((path) => this.#namedSeries(path)));
    const direct = new Set(candidates.filter((file) => file.direct).map(({ path }) => dirname(path)));
    return [...named.flat(), ...listing.series.flatMap((one) => this.#ofSeries(one, direct.has(one.folder)))];
  }

  async #namedSeries(path: string): Promise<FoundScan[]> {
    const place = seriesPathOf(path);
    if (place === undefined) return [];
    const { listDicomSeries } = await import('./dicom/list-series.ts');
    const { series } = await listDicomSeries((await filesOf(place.folder)).filter(mayBeDicom), this.#task.signal, this.#headers);
    const asked = series.filter(({ key, volumes }) => key === place.key && (place.volume ?? 0) < volumes);
    if (asked.length === 0) this.#problem(basename(path), new TesseraError('not-found', 'is no series of its folder.'));
    return asked.flatMap((one) => this.#ofSeries(one, true, place.volume));
  }

  /** @param byKey whether its folder may hold other files than those that were listed */
  #ofSeries(series: DicomSeries, byKey: boolean, volume?: number): FoundScan[] {
    const { description, modality, seriesNumber, labels } = series;
    const name = description === '' ? `${modality}${seriesNumber === undefined ? '' : ` series ${seriesNumber}`}` : description;
    const why = reasonToLeaveOut(series);
    if (why !== undefined) {
      this.#problem(name, new TesseraError('unsupported-file', why), series.role === 'scout' || series.role === 'colour');
      return [];
    }
    const path = byKey ? seriesPath(series.folder, series.key, volume) : series.path;
    const objects = labels.length === 0 ? {} : { labelObjects: labels };
    return [this.#scan({ name, path, ...(modality === 'OT' ? {} : { modality }), ...objects })];
  }

  #scan(about: Pick<FoundScan, 'name' | 'modality' | 'path' | 'labels' | 'labelObjects'>): FoundScan {
    const { path } = about;
    return {
      ...about,
      read: (volumeIndex = 0, repairs = []) => readScan(path, { volumeIndex, repairs, signal: this.#task.signal }),
      sources: async () => (DETACHED.test(path) ? [] : [await fileFingerprint(path)]),
    };
  }

  async #orProblem(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isTesseraError(error) || error.code === 'cancelled') throw error;
      this.#problem(name, error);
    }
  }

  #problem(name: string, error: TesseraError, leftOut = false): void {
    this.#problems.push({ name, error, ...(leftOut ? { leftOut } : {}) });
  }
}

/** Headers whose voxels lie in another file. */
const DETACHED = /\.(hdr|hdr\.gz|nhdr|mhd)$/i;

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The path below a given folder, with the folder's own name, by '/'. */
function below(folder: string, name: string, path: string): string {
  return [name, ...relative(folder, path).split(sep)].filter((part) => part !== '').join('/');
}

function reasonToLeaveOut({ role, spacing, findings }: DicomSeries): string | undefined {
  if (role === 'scout') return 'is a localizer, which shows where slices were planned and is no volume.';
  if (role === 'colour') return 'holds pictures in colour.';
  return spacing === undefined ? (findings.at(-1)?.message ?? 'cannot be read.') : undefined;
}

const unsupported = (): TesseraError =>
  new TesseraError('unsupported-file', 'is of no format that can be read.', {
    advice: 'Give DICOM, NIfTI, NRRD or MetaImage files, folders of them, or zip archives.',
  });

const labelMap = (): TesseraError =>
  new TesseraError('unsupported-file', 'is a label map by its name, and no scan of the same name lies beside it.', {
    advice: 'Import it as a layer of its scan (on the command line with --labels-for).',
  });
