import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { errorCode, writing } from './disk-trouble.ts';

/** Makes a folder with all above it, durably: a power cut does not take its entry away. */
export async function makeFolder(path: string): Promise<void> {
  await writing(path, async () => {
    const first = (await mkdir(path, { recursive: true })) ?? path;
    for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  });
}

/** Flushes the entries of a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders; there the file system's own log keeps entries in order.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Names in a folder, sorted; none where the folder does not exist. @throws TesseraError `bad-file` */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw new TesseraError('bad-file', 'cannot be read as a folder.', {
      subject: path,
      advice: 'Check the path and who may read it.',
      cause,
    });
  }
}

const TEMPORARY = /^\..+\.[0-9a-f]{8}\.tmp$/;

/** Removes what a killed process left half-written. Only for the one process that may write. */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names) {
    const last = name.split(/[\\/]/).at(-1) ?? '';
    if (TEMPORARY.test(last)) await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}
