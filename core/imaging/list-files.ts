import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetProblem } from './label-names.ts';

const DEEPEST = 16;

/** The same order on every machine, whatever its language. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Every file below a folder, hidden ones passed over. */
export async function filesOf(folder: string, problems: DatasetProblem[] = [], depth = DEEPEST): Promise<string[]> {
  const files: string[] = [];
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    problems.push({ file: folder, message: `The folder cannot be read (${error instanceof Error ? error.message : String(error)}).` });
    return files;
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    // Links to folders are not followed: they may lead in a circle.
    if (entry.isDirectory()) {
      if (depth > 0) for (const file of await filesOf(path, problems, depth - 1)) files.push(file);
    } else {
      files.push(path);
    }
  }
  return files;
}
