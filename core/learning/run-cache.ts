import { rm } from 'node:fs/promises';
import type { RunFolder } from './run-folder.ts';
import type { ScanStoreOptions } from './scan-store.ts';

/** The cache of prepared scans in the folder of a run; a problem with it goes to the run's log. */
export function cacheOf(
  run: RunFolder,
  { cacheBytes }: { readonly cacheBytes: number },
): Pick<ScanStoreOptions, 'cache' | 'onCacheProblem'> {
  if (cacheBytes === 0) return {};
  return {
    cache: { folder: run.cachePath(), maxBytes: cacheBytes },
    onCacheProblem: (problem) => void run.log(`warning: going on without a cache: ${problem}`),
  };
}

/** Voxels of patients do not stay in the folder of a run that has no more use for them. */
export async function removeCache(run: RunFolder): Promise<void> {
  await rm(run.cachePath(), { recursive: true, force: true });
}
