import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runtimesFolder } from './cache-folder.ts';
import { readManifest, type RuntimeManifest } from './manifest.ts';
import { shippedRuntimesFolder } from './shipped.ts';

/** A TensorFlow on this machine. */
export interface RuntimeInfo {
  readonly folder: string;
  readonly version: string;
  readonly variant: 'cpu' | 'cuda';
  readonly manifest: RuntimeManifest;
  /** Whether it came with the installed program; it is not ours to remove. */
  readonly shipped: boolean;
}

/**
 * Every installed runtime, the preferred first: CUDA before CPU, then one that was shipped with the program, then the newer version. Reads
 * manifests only.
 * @param shipped folder of shipped runtimes
 */
export function listRuntimes(env: NodeJS.ProcessEnv = process.env, shipped: string = shippedRuntimesFolder()): RuntimeInfo[] {
  return [...runtimesIn(shipped, true), ...runtimesIn(runtimesFolder(env), false)].sort(preference);
}

function runtimesIn(parent: string, shipped: boolean): RuntimeInfo[] {
  const found: RuntimeInfo[] = [];
  for (const name of folderNames(parent)) {
    // Folders that begin with a dot are installations under way or broken off.
    if (name.startsWith('.')) continue;
    const folder = join(parent, name);
    const manifest = readManifest(folder);
    if (manifest !== undefined) found.push({ folder, version: manifest.version, variant: manifest.variant, manifest, shipped });
  }
  return found;
}

/** The runtime to use, or `undefined` when none is installed. Takes a few milliseconds. */
export function findRuntime(env: NodeJS.ProcessEnv = process.env, shipped?: string): RuntimeInfo | undefined {
  return listRuntimes(env, shipped)[0];
}

export async function removeRuntime(info: RuntimeInfo): Promise<void> {
  await rm(info.folder, { recursive: true, force: true });
}

function preference(a: RuntimeInfo, b: RuntimeInfo): number {
  if (a.variant !== b.variant) return a.variant === 'cuda' ? -1 : 1;
  if (a.shipped !== b.shipped) return a.shipped ? -1 : 1;
  return b.version.localeCompare(a.version, 'en', { numeric: true });
}

function folderNames(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}
