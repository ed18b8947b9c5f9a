import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { formatOf } from './formats.ts';
import type { DatasetProblem } from './label-names.ts';

export interface ListedScan {
  readonly path: string;
  /** Path from the listed folder without its ending, with '/' on every system. */
  readonly id: string;
}

const DEEPEST = 16;

/**
 * Scan files of a folder by their endings, sorted by id. Hidden files (macOS writes `._name.nii.gz` beside every file) are passed
 * over, the .img of a pair counts with its .hdr, empty files and a second file of the same id become problems.
 */
export async function listScans(
  folder: string,
  options: { readonly recursive: boolean },
  problems: DatasetProblem[],
): Promise<ListedScan[]> {
  const paths = await filesOf(folder, options.recursive ? DEEPEST : 0, problems);
  const scans = new Map<string, ListedScan>();
  for (const path of paths.sort(byName)) {
    const found = formatOf(path);
    if (found === undefined || found.format.companions.includes(found.extension.toLowerCase())) continue;
    const id = relative(folder, path.slice(0, path.length - found.extension.length))
      .split(sep)
      .join('/');
    const other = scans.get(id);
    if (other !== undefined) problems.push({ file: path, message: `It was left out: ${other.path} has the same name.` });
    else if ((await sizeOf(path)) === 0) problems.push({ file: path, message: 'It was left out: the file is empty or cannot be read.' });
    else scans.set(id, { path, id });
  }
  return [...scans.values()].sort((a, b) => byName(a.id, b.id));
}

/** The same order on every machine, whatever its language. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/** Every file below a folder, hidden ones passed over. */
export async function filesOf(folder: string, depth = DEEPEST, problems: DatasetProblem[] = []): Promise<string[]> {
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
      if (depth > 0) files.push(...(await filesOf(path, depth - 1, problems)));
    } else {
      files.push(path);
    }
  }
  return files;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (status) => (status.isFile() ? status.size : 0),
    () => 0,
  );
}
