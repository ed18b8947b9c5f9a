import { existsSync } from 'node:fs';
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { projectFolder } from '../../base/project-folder.ts';
import { runtimesFolder } from './cache-folder.ts';

/** Where an installer puts the runtime that it carries. From source there is no such folder. */
export function shippedRuntimesFolder(program: string = projectFolder()): string {
  return join(program, 'runtime');
}

/**
 * Where addons for a runtime are compiled. Beside a shipped one nothing can be written, or should be: it is part of an installed, perhaps signed,
 * program. Its addons go to the user's cache, beside links to its libraries and headers.
 * @param shipped folder of shipped runtimes
 */
export async function buildFolder(runtime: string, env: NodeJS.ProcessEnv, shipped: string = shippedRuntimesFolder()): Promise<string> {
  if (dirname(runtime) !== shipped) return runtime;
  // A name that begins with a dot is no runtime of its own.
  const folder = join(runtimesFolder(env), `.shipped-${basename(runtime)}`);
  await mkdir(folder, { recursive: true });
  for (const name of ['lib', 'include']) await link(join(runtime, name), join(folder, name));
  return folder;
}

/** An AppImage lies somewhere else at each start. */
async function link(target: string, path: string): Promise<void> {
  if (existsSync(path) && (await readlink(path).catch(() => undefined)) === target) return;
  await rm(path, { recursive: true, force: true });
  await symlink(target, path, 'dir').catch((error: unknown) => {
    // Another process was faster.
    if (!existsSync(path)) throw error;
  });
}
