import { join } from 'node:path';
import { isTesseraError } from '../base/errors.ts';
import type { Geometry } from '../imaging/index.ts';
import { readDocument, writeDocument } from './documents.ts';
import { makeFolder, namesIn } from './folders.ts';
import { checkedId, newId } from './ids.ts';
import type { LabelArray } from '../labelling/label-delta.ts';
import { readLabelMap, writeLabelMap } from './layer-files.ts';
import { versionKind, type LayerDocument, type VersionDocument } from './schemas.ts';

const FOLDER = 'versions';

/** Writes the label map, then the document: a version with its document is complete. */
export async function writeVersion(
  layer: string,
  about: Omit<VersionDocument, 'id' | 'time'>,
  labels: LabelArray,
  geometry: Geometry,
): Promise<VersionDocument> {
  const document = { id: newId(), time: new Date().toISOString(), ...about };
  const folder = join(layer, FOLDER);
  await makeFolder(folder);
  await writeLabelMap(join(folder, `${document.id}.nii.gz`), labels, geometry);
  await writeDocument(join(folder, `${document.id}.json`), versionKind, document);
  return document;
}

/** Versions that can be read, the oldest first. */
export async function listVersions(layer: string): Promise<VersionDocument[]> {
  const folder = join(layer, FOLDER);
  const versions: VersionDocument[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.json')) continue;
    try {
      versions.push(await readDocument(join(folder, name), versionKind));
    } catch (error) {
      // One damaged version must not hide the others; asking for it by id tells what is wrong with it.
      if (!isTesseraError(error)) throw error;
    }
  }
  return versions.sort((a, b) => a.sequence - b.sequence || a.time.localeCompare(b.time));
}

/** @throws TesseraError `not-found`, `bad-file`, `bad-labels` */
export async function readVersion(
  layer: string,
  id: string,
  document: LayerDocument,
): Promise<{ readonly version: VersionDocument; readonly labels: LabelArray }> {
  const path = join(layer, FOLDER, checkedId(id));
  const version = await readDocument(`${path}.json`, versionKind);
  return { version, labels: await readLabelMap(`${path}.nii.gz`, document) };
}
