import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import type { Workspace } from '../../workspace/index.ts';

/**
 * Opens the workspace of a folder for writing, or makes one there; it is closed whatever happens.
 * @throws TesseraError `read-only` when another process works in it or the disk takes no changes; `bad-setting` when the folder holds
 * something else; what `work` throws
 */
export async function inWorkspace<T>(folder: string, name: string | undefined, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const { createWorkspace, openWorkspace } = await import('../../workspace/index.ts');
  const workspace = existsSync(join(folder, 'workspace.json'))
    ? await openWorkspace(folder)
    : await createWorkspace(folder, { name: name ?? basename(resolve(folder)) });
  try {
    const { access } = workspace;
    if (access.mode === 'read')
      throw new TesseraError('read-only', `cannot be written to. ${access.reason}`, {
        subject: folder,
        advice: 'Close it where it is open, or import there.',
      });
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

/** @throws TesseraError `usage` when the workspace would be imported into itself */
export function refuseOwnFolder(paths: readonly string[], folder: string): void {
  const inside = (path: string, of: string): boolean => !relative(of, path).startsWith('..') && resolve(of, relative(of, path)) === path;
  const [own] = paths.filter((path) => inside(resolve(folder), resolve(path)) || inside(resolve(path), resolve(folder)));
  if (own === undefined) return;
  throw new TesseraError('usage', `lies in ${own}, or holds it: a workspace is not imported into itself.`, {
    subject: '--workspace',
    advice: 'Choose a folder apart from the scans.',
  });
}

/** An error about one file, without the paths of people's folders beyond what was given. */
export function inOneLine(name: string, error: unknown): string {
  if (!isTesseraError(error)) throw error;
  const { message, advice } = error;
  return `${name}: ${message}${advice === undefined ? '' : ` ${advice}`}`;
}
