import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the program was asked to open. */
export interface OpenRequest {
  /** A folder that holds a workspace: it is opened. */
  readonly workspace?: string;
  /** Everything else that exists: scans to import, whatever their format; the host finds out. */
  readonly scans: readonly string[];
}

/**
 * Reads a command line: files and folders to open, among the flags of Electron, Chromium and the system.
 * @param argv without the program and, when run from source, without its script
 */
export function readOpenArguments(argv: readonly string[], folder: string, exists: (path: string) => boolean = existsSync): OpenRequest {
  const paths = argv
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => toPath(argument, folder))
    .filter((path) => path !== undefined && exists(path))
    .filter((path) => path !== undefined);
  return sortOut(paths, exists);
}

/** Parts a workspace from scans. Of several workspaces the last is opened: a window shows one. */
export function sortOut(paths: readonly string[], exists: (path: string) => boolean = existsSync): OpenRequest {
  const isWorkspace = (path: string): boolean => exists(join(path, 'workspace.json'));
  const workspace = paths.findLast(isWorkspace);
  return { ...(workspace === undefined ? {} : { workspace }), scans: paths.filter((path) => !isWorkspace(path)) };
}

/** Some file managers hand over addresses. */
function toPath(argument: string, folder: string): string | undefined {
  if (!argument.startsWith('file:')) return resolve(folder, argument);
  try {
    return fileURLToPath(argument);
  } catch {
    // On another computer, or not a file.
    return undefined;
  }
}

/** What was opened and not yet taken by the page: the page may not be there yet. */
export class OpenedQueue<T> {
  #items: T[] = [];
  readonly #announce: () => void;

  constructor(announce: () => void) {
    this.#announce = announce;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#announce();
  }

  take(): T[] {
    return this.#items.splice(0);
  }
}
