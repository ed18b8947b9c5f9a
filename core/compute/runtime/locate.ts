import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runtimesFolder } from './cache-folder.ts';
import { readManifest, type RuntimeManifest } from './manifest.ts';

/** A TensorFlow on this machine. */
export interface RuntimeInfo {
  readonly folder: string;
  readonly version: string;
  readonly variant: 'cpu' | 'cuda';
  readonly manifest: RuntimeManifest;
}

/** Every installed runtime, the preferred first: CUDA before CPU, then the newer version. Reads manifests only. */
export function listRuntimes(env: NodeJS.ProcessEnv = process.env): RuntimeInfo[] {
  const parent = runtimesFolder(env);
  const found: RuntimeInfo[] = [];
  for (const name of folderNames(parent)) {
    // Folders that begin with a dot are installations under way or broken off.
    if (name.startsWith('.')) continue;
    const folder = join(parent, name);
    const manifest = readManifest(folder);
    if (manifest !== undefined) found.push({ folder, version: manifest.version, variant: manifest.variant, manifest });
  }
  return found.sort(preference);
}

/** The runtime to use, or `undefined` when none is installed. Takes a few milliseconds. */
export function findRuntime(env: NodeJS.ProcessEnv = process.env): RuntimeInfo | undefined {
  return listRuntimes(env)[0];
}

export async function removeRuntime(info: RuntimeInfo): Promise<void> {
  await rm(info.folder, { recursive: true, force: true });
}

function preference(a: RuntimeInfo, b: RuntimeInfo): number {
  if (a.variant !== b.variant) return a.variant === 'cuda' ? -1 : 1;
  return b.version.localeCompare(a.version, 'en', { numeric: true });
}

function folderNames(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}
