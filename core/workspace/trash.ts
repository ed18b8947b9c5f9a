import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { writing } from './disk-trouble.ts';
import { readDocument, writeDocument } from './documents.ts';
import { makeFolder, syncFolder } from './folders.ts';
import { removalKind, type RemovalDocument } from './schemas.ts';

const NOTE = 'removed.json';

/**
 * Moves a folder into the trash. First a note goes into it, of who removed it and when; then one renaming takes it away whole, so that it is
 * in the one place or in the other, wherever the process dies.
 * @throws TesseraError `not-found` when there is no such folder, `write-failed`
 */
export async function moveToTrash(folder: string, trashed: string, by: string): Promise<void> {
  if (!(await isThere(folder))) throw new TesseraError('not-found', 'is not in the workspace.', { subject: folder });
  await writeDocument(join(folder, NOTE), removalKind, { removed: new Date().toISOString(), by });
  await move(folder, trashed);
}

/**
 * Moves a folder back to where it was.
 * @param document name of the file without which what lies at the old place counts for nothing
 * @throws TesseraError `not-found` when it is not in the trash, `bad-setting` when its place was taken, `write-failed`
 */
export async function moveBack(trashed: string, folder: string, document: string): Promise<void> {
  if (!(await isThere(trashed))) throw new TesseraError('not-found', 'is not in the trash.', { subject: trashed });
  if (await isThere(join(folder, document))) {
    throw new TesseraError('bad-setting', 'is in the workspace again already.', { subject: folder, advice: 'Use what is there.' });
  }
  await move(trashed, folder);
  // Without a folder of the trash around it the note means nothing.
  await rm(join(folder, NOTE), { force: true }).catch(() => undefined);
}

/** Who removed what lies in a folder of the trash, and when. @throws TesseraError as `readDocument` */
export function readRemoval(trashed: string): Promise<RemovalDocument> {
  return readDocument(join(trashed, NOTE), removalKind);
}

async function move(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await writing(from, async () => {
    await rm(to, { recursive: true, force: true });
    await rename(from, to);
    await syncFolder(dirname(to));
    await syncFolder(dirname(from));
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
