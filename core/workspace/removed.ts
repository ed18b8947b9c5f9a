import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writing } from './disk-trouble.ts';
import { namesIn } from './folders.ts';
import { isId } from './ids.ts';
import { readLayerDocument } from './layers.ts';
import { listDocuments, readScanDocument, type Listing } from './scans.ts';
import type { LayerDocument, ScanDocument } from './schemas.ts';
import { readRemoval } from './trash.ts';

/** Something in the trash. */
export interface Removed<T> {
  readonly document: T;
  /** When, as ISO 8601. */
  readonly removed: string;
  readonly by: string;
}

/** Scans in the trash, the latest removed first. */
export async function removedScans(trash: string): Promise<Listing<Removed<ScanDocument>>> {
  const read = async (id: string): Promise<Removed<ScanDocument>> => ({
    document: await readScanDocument(trash, id),
    ...(await readRemoval(join(trash, id))),
  });
  return latestFirst(await listDocuments((await namesIn(trash)).filter(isId), read));
}

/** Layers of one scan in the trash, the latest removed first. */
export async function removedLayers(trash: string, scanId: string): Promise<Listing<Removed<LayerDocument>>> {
  const folder = join(trash, scanId);
  const read = async (id: string): Promise<Removed<LayerDocument>> => ({
    document: await readLayerDocument(trash, scanId, id),
    ...(await readRemoval(join(folder, id))),
  });
  return latestFirst(await listDocuments((await namesIn(folder)).filter(isId), read));
}

/** Folders of a workspace that removing is about. */
export interface TrashPlaces {
  readonly scans: string;
  readonly labels: string;
  readonly trashedScans: string;
  readonly trashedLabels: string;
}

/** Deletes for good what lies in the trash, with the layers of its scans. @returns how many scans and layers were taken out of it */
export async function emptyTrash(places: TrashPlaces): Promise<{ readonly scans: number; readonly layers: number }> {
  const { scans, labels, trashedScans, trashedLabels } = places;
  const removed = (await namesIn(trashedScans)).filter(isId);
  let layers = 0;
  for (const scan of await namesIn(trashedLabels)) layers += (await namesIn(join(trashedLabels, scan))).filter(isId).length;
  const present = new Set(await namesIn(scans));
  // A scan that was added anew because its copy in the trash is damaged keeps its layers.
  for (const id of removed) if (!present.has(id)) await remove(join(labels, id));
  await remove(trashedLabels);
  await remove(trashedScans);
  return { scans: removed.length, layers };
}

async function remove(folder: string): Promise<void> {
  await writing(folder, () => rm(folder, { recursive: true, force: true }));
}

function latestFirst<T>({ found, problems }: Listing<Removed<T>>): Listing<Removed<T>> {
  return { found: [...found].sort((a, b) => b.removed.localeCompare(a.removed)), problems };
}
