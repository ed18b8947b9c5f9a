import { open, readFile, stat } from 'node:fs/promises';
import * as z from 'zod';

const document = z.array(z.string()).min(1);

/**
 * Notes which files the user chose, for the host that takes up the job after this one was killed: in a file for this user alone, since paths
 * may name a patient.
 */
export async function noteChosenPaths(file: string, paths: readonly string[]): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(paths));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What was noted; undefined when the note was broken off, or when somebody else could have written it: it must not make us open files for them. */
export async function readChosenPaths(file: string): Promise<string[] | undefined> {
  try {
    const { uid, mode } = await stat(file);
    if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
    return document.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
