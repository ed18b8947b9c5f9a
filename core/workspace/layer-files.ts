import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { isTesseraError, TesseraError } from '../base/errors.ts';
import { INTENT_LABEL, readNifti, voxelCount, writeNifti, type Geometry } from '../imaging/index.ts';
import { errorCode } from './disk-trouble.ts';
import { readDocument, writeDocument } from './documents.ts';
import { namesIn, syncFolder } from './folders.ts';
import { journalHeader } from './journal.ts';
import type { LabelArray } from '../labelling/label-delta.ts';
import { layerKind, type LayerDocument } from './schemas.ts';

/** A snapshot of the map after so many changes, or the journal of the changes after so many. */
export interface NumberedFile {
  readonly name: string;
  readonly sequence: number;
}

/** A folder of a layer is complete when it has this. */
export const LAYER_DOCUMENT = 'layer.json';
const DIGITS = 12;
const numbered = (sequence: number): string => String(sequence).padStart(DIGITS, '0');
export const snapshotName = (sequence: number): string => `snapshot-${numbered(sequence)}.nii.gz`;
export const journalName = (after: number): string => `journal-${numbered(after)}.bin`;

export function readLayer(folder: string): Promise<LayerDocument> {
  return readDocument(join(folder, LAYER_DOCUMENT), layerKind);
}

export async function writeLayer(folder: string, document: LayerDocument): Promise<void> {
  await writeDocument(join(folder, LAYER_DOCUMENT), layerKind, document);
}

/** Snapshots and journals of a layer's folder, the oldest first. */
export async function layerFiles(folder: string): Promise<{ snapshots: NumberedFile[]; journals: NumberedFile[] }> {
  const names = await namesIn(folder);
  const matching = (pattern: RegExp): NumberedFile[] =>
    names.flatMap((name) => {
      const digits = pattern.exec(name)?.[1];
      return digits === undefined ? [] : [{ name, sequence: Number(digits) }];
    });
  return { snapshots: matching(/^snapshot-(\d{12})\.nii\.gz$/), journals: matching(/^journal-(\d{12})\.bin$/) };
}

/** Whether anybody changed the voxels or segments of a layer since it was made; what was undone again counts. Reads no file. */
export async function hasBeenEdited(folder: string): Promise<boolean> {
  const { snapshots, journals } = await layerFiles(folder);
  if ([...snapshots, ...journals].some(({ sequence }) => sequence > 0)) return true;
  const header = journalHeader(0).length;
  const longer = journals.map(({ name }) =>
    stat(join(folder, name)).then(
      ({ size }) => size > header,
      // It went because a later one took its place.
      () => true,
    ),
  );
  return (await Promise.all(longer)).includes(true);
}

export async function createJournal(folder: string, after: number): Promise<{ path: string; length: number }> {
  const header = journalHeader(after);
  const path = join(folder, journalName(after));
  await writeFileAtomic(path, header);
  return { path, length: header.length };
}

export async function writeLabelMap(path: string, labels: LabelArray, geometry: Geometry): Promise<void> {
  await writeNifti(path, { geometry, voxels: labels, slope: 1, intercept: 0 }, { intentCode: INTENT_LABEL });
}

/** Of 8 bits where it was written before the layer had 16. @throws TesseraError as `readNifti`, and `bad-labels` when it is none of this layer */
export async function readLabelMap(path: string, { type, dims }: Pick<LayerDocument, 'type' | 'dims'>): Promise<LabelArray> {
  const bytes = voxelCount(dims) * (type === 'uint8' ? 1 : 2);
  const { volume } = await readNifti(path, { maxBytes: bytes });
  const { voxels } = volume;
  const sameDims = dims.every((n, axis) => n === volume.geometry.dims[axis]);
  if (sameDims && type === 'uint8' && voxels instanceof Uint8Array) return voxels;
  if (sameDims && type === 'uint16' && voxels instanceof Uint16Array) return voxels;
  if (sameDims && type === 'uint16' && voxels instanceof Uint8Array) return new Uint16Array(voxels);
  throw new TesseraError('bad-labels', `is no label map of ${dims.join(' × ')} voxels of type ${type}.`, {
    subject: path,
    advice: 'Bring it back from a backup.',
  });
}

export async function readJournalFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const gone = errorCode(cause) === 'ENOENT';
    throw new TesseraError(gone ? 'not-found' : 'bad-file', gone ? 'does not exist.' : 'cannot be read.', {
      subject: path,
      advice: 'Check the disk; bring it back from a backup.',
      cause,
    });
  }
}

/** True when a file that was listed a moment ago is gone: the process that writes has tidied up, and a new look is worth it. */
export function hasVanished(error: unknown): boolean {
  return isTesseraError(error) && error.code === 'not-found';
}

/** Puts a file out of the way under a name that nothing reads. */
export async function setAside(folder: string, name: string): Promise<string> {
  const aside = `set-aside-${Date.now()}-${name}`;
  await rename(join(folder, name), join(folder, aside));
  await syncFolder(folder);
  return aside;
}

/**
 * Removes what no opening needs: all but the newest two snapshots (the older one in case the newer cannot be read), and journals that end
 * before both the older snapshot and the steps that can still be undone.
 * @param firstChange the first change that undoing needs
 */
export async function removeOutdated(folder: string, firstChange: number): Promise<void> {
  const { snapshots, journals } = await layerFiles(folder);
  const needed = Math.min(snapshots.at(-2)?.sequence ?? 0, firstChange - 1);
  const outdated = [
    ...snapshots.slice(0, -2),
    ...journals.filter((_, i) => {
      const next = journals[i + 1];
      return next !== undefined && next.sequence <= needed;
    }),
  ];
  for (const { name } of outdated) await rm(join(folder, name), { force: true });
}
