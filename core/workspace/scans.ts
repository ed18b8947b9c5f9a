import { join } from 'node:path';
import { isTesseraError, type TesseraError } from '../base/errors.ts';
import { silentTask, type Task } from '../base/task.ts';
import { voxelCount, type ScanFile, type Volume } from '../imaging/index.ts';
import { readDocument, writeDocument } from './documents.ts';
import { makeFolder, namesIn } from './folders.ts';
import { checkedId } from './ids.ts';
import { scanKind, type ScanDocument } from './schemas.ts';
import { moveBack } from './trash.ts';
import { readVoxels, scanHashes, sizeOf, storedTypeOf, writeVoxels } from './voxel-file.ts';

const DOCUMENT = 'scan.json';
const VOXELS = 'voxels.raw';
const ID_DIGITS = 24;

export interface NewScan {
  readonly volume: Volume;
  readonly findings?: ScanFile['findings'];
  /** 'DICOM', 'NIfTI-1': what it was read from. */
  readonly format?: string;
  /** 'CT', 'MR'. */
  readonly modality?: string;
  /** SHA-256 of its DICOM frame of reference. */
  readonly frameOfReference?: string;
  /** Which volume of its source it is, where that holds several. */
  readonly volumeOf?: NonNullable<ScanDocument['volume']>;
  /** SHA-256 of the files that it was read from (`fileFingerprint`). */
  readonly sources?: readonly string[];
  /** A name that the user gave. */
  readonly title?: string;
}

export interface AddedScan {
  readonly scan: ScanDocument;
  /** False when the very same scan was there before. */
  readonly added: boolean;
  /** True when the very same scan came back out of the trash, as its document and layers were then. */
  readonly restored?: boolean;
}

/** Documents of a folder, and what is wrong with those that cannot be read. */
export interface Listing<T> {
  readonly found: readonly T[];
  readonly problems: readonly { readonly id: string; readonly error: TesseraError }[];
}

/**
 * Stores a scan under the hash of its content: voxels first, the document last, so a folder with its document is complete.
 * @param trash where removed scans lie; the very same one comes back from there
 * @throws TesseraError `write-failed`, `cancelled`
 */
export async function addScan(scansFolder: string, trash: string, scan: NewScan, task: Task = silentTask): Promise<AddedScan> {
  const { volume, findings = [], format = 'unknown', modality, frameOfReference, volumeOf, sources = [], title } = scan;
  if (volume.voxels.length !== voxelCount(volume.geometry.dims)) throw new RangeError('as many voxels as the grid has are needed');
  const hashes = await scanHashes(volume, task);
  const id = hashes.content.slice(0, ID_DIGITS);
  const folder = join(scansFolder, id);
  const bytes = volume.voxels.byteLength;

  const wholeIn = async (place: string): Promise<ScanDocument | undefined> => {
    const known = await readDocument(join(place, DOCUMENT), scanKind).catch(() => undefined);
    return known?.content === hashes.content && (await sizeOf(join(place, VOXELS))) === bytes ? known : undefined;
  };
  const known = await wholeIn(folder);
  if (known !== undefined) return { scan: known, added: false };
  const removed = await wholeIn(join(trash, id));
  if (removed !== undefined) {
    await restoreScan(scansFolder, trash, id);
    return { scan: removed, added: true, restored: true };
  }

  const document: ScanDocument = {
    id,
    ...(title === undefined ? {} : { title }),
    added: new Date().toISOString(),
    format,
    ...(modality === undefined ? {} : { modality }),
    ...(frameOfReference === undefined ? {} : { frameOfReference }),
    ...(volumeOf === undefined ? {} : { volume: volumeOf }),
    geometry: volume.geometry,
    slope: volume.slope,
    intercept: volume.intercept,
    voxels: { file: VOXELS, type: storedTypeOf(volume.voxels), bytes, sha256: hashes.voxels },
    content: hashes.content,
    sources: [...sources],
    findings: [...findings],
  };
  await makeFolder(folder);
  await writeVoxels(join(folder, VOXELS), volume.voxels, task);
  await writeDocument(join(folder, DOCUMENT), scanKind, document);
  return { scan: document, added: true };
}

/** Brings a scan back out of the trash. @throws TesseraError as `moveBack` */
export async function restoreScan(scansFolder: string, trash: string, id: string): Promise<void> {
  await moveBack(join(trash, checkedId(id)), join(scansFolder, id), DOCUMENT);
}

/** Every complete scan, the oldest first. */
export async function listScans(scansFolder: string): Promise<Listing<ScanDocument>> {
  const { found, problems } = await listDocuments(await namesIn(scansFolder), (id) => readScanDocument(scansFolder, id));
  return { found: [...found].sort((a, b) => a.added.localeCompare(b.added)), problems };
}

/** @throws TesseraError `not-found`, `bad-file`, `unsupported-file` */
export async function readScanDocument(scansFolder: string, id: string): Promise<ScanDocument> {
  return readDocument(join(scansFolder, checkedId(id), DOCUMENT), scanKind);
}

/** @throws TesseraError as above */
export async function readScanVolume(scansFolder: string, id: string): Promise<Volume> {
  const document = await readScanDocument(scansFolder, id);
  const voxels = await readVoxels(join(scansFolder, id, VOXELS), document);
  return { geometry: document.geometry, voxels, slope: document.slope, intercept: document.intercept };
}

/** Reads documents one by one; what is not there yet is passed over, what is damaged becomes a problem. */
export async function listDocuments<T>(ids: readonly string[], read: (id: string) => Promise<T>): Promise<Listing<T>> {
  const found: T[] = [];
  const problems: { id: string; error: TesseraError }[] = [];
  for (const id of ids) {
    try {
      found.push(await read(id));
    } catch (error) {
      if (!isTesseraError(error)) throw error;
      if (error.code !== 'not-found') problems.push({ id, error });
    }
  }
  return { found, problems };
}
