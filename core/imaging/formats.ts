import { existsSync } from 'node:fs';
import { TesseraError } from '../base/errors.ts';
import { mayBeDicom } from './dicom/may-be-dicom.ts';
import { seriesPathOf } from './dicom/series-path.ts';
import { NIFTI_EXTENSIONS } from './nifti/file-names.ts';
import { METAIMAGE_EXTENSIONS, readMetaImage } from './metaimage/read.ts';
import { checkNifti, readNifti } from './nifti/read.ts';
import { NRRD_EXTENSIONS, readNrrd } from './nrrd/read.ts';
import type { ReadOptions, ScanFile } from './scan-file.ts';
import { checkStoredScan, isStoredScan, readStoredScan } from './stored-scan.ts';
import type { Triple } from './volume.ts';

/** A file format that scans can be read from. */
export interface ScanFormat {
  readonly name: string;
  /** Endings with their dot, in lower case. */
  readonly extensions: readonly string[];
  /** Endings that are opened through another file of the same stem, and so are not listed as scans of their own. */
  readonly companions: readonly string[];
  readonly read: (path: string, options: ReadOptions) => Promise<ScanFile>;
  /** Throws what `read` would for the header alone, quickly. */
  readonly check?: (path: string) => Promise<Triple>;
}

/** Loaded when it is needed: most programs read no DICOM. */
const readDicom: ScanFormat['read'] = async (path, options) => (await import('./dicom/read.ts')).readDicom(path, options);

const readZip: ScanFormat['read'] = async (path, options) => (await import('./zip/read.ts')).readZip(path, options);

const DICOM_EXTENSIONS = ['.dcm', '.dicom', '.ima'];

/** Every format this room reads; a new one is added here and nowhere else. */
export const scanFormats: readonly ScanFormat[] = [
  { name: 'NIfTI', extensions: NIFTI_EXTENSIONS, companions: ['.img', '.img.gz'], read: readNifti, check: checkNifti },
  { name: 'NRRD', extensions: NRRD_EXTENSIONS, companions: [], read: readNrrd },
  { name: 'MetaImage', extensions: METAIMAGE_EXTENSIONS, companions: [], read: readMetaImage },
  // DICOM files make up scans together: a folder is listed as a scan, not its files.
  { name: 'DICOM', extensions: DICOM_EXTENSIONS, companions: DICOM_EXTENSIONS, read: readDicom },
  // An archive is opened when it is named, not when a folder is listed.
  { name: 'zip archive', extensions: ['.zip'], companions: ['.zip'], read: readZip },
];

/** The format of a file by its ending, and the ending itself as it stands in the path. */
export function formatOf(path: string): { readonly format: ScanFormat; readonly extension: string } | undefined {
  const lower = path.toLowerCase();
  for (const format of scanFormats) {
    const extension = [...format.extensions].sort((a, b) => b.length - a.length).find((e) => lower.endsWith(e));
    if (extension !== undefined) return { format, extension: path.slice(path.length - extension.length) };
  }
  return undefined;
}

/**
 * Reads a scan or label map in this thread, by the format of its ending; a folder, and a file without a known ending, as DICOM; the
 * `scan.json` of a workspace with the voxels beside it.
 * @throws TesseraError `unsupported-file` for an unknown ending; else as the format's reader.
 */
export async function readScanHere(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const scan = await readAsIs(path, options);
  if (options.repairs === undefined || options.repairs.length === 0) return scan;
  const { offeredRepairs, repaired } = await import('./repair.ts');
  const offered = offeredRepairs(scan);
  return repaired(
    scan,
    options.repairs.filter((name) => offered.includes(name)),
  );
}

async function readAsIs(path: string, options: ReadOptions): Promise<ScanFile> {
  // A scan of a workspace is opened when it is named, not when a folder is listed.
  if (isStoredScan(path)) return readStoredScan(path, options);
  const found = formatOf(path);
  if (found !== undefined) return found.format.read(path, options);
  if (seriesPathOf(path) !== undefined || (mayBeDicom(path) && existsSync(path))) return readDicom(path, options);
  throw new TesseraError('unsupported-file', 'is of no format that can be read.', {
    subject: path,
    advice: `Use one of: ${scanFormats.map((f) => `${f.name} (${f.extensions.join(', ')})`).join('; ')}.`,
  });
}

/**
 * Looks at a scan's header, where its format can (DICOM headers are read when a folder is listed): a damaged one is found in a
 * thousandth of the time that reading takes. Damage among the voxels is not seen.
 * @returns voxels along i, j, k; undefined where the format cannot
 * @throws TesseraError as the format's reader
 */
export async function checkScanHeader(path: string): Promise<Triple | undefined> {
  if (isStoredScan(path)) return checkStoredScan(path);
  return formatOf(path)?.format.check?.(path);
}
