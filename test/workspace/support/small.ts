import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { seededRandom } from '../../../core/base/random.ts';
import { pointLPS, voxelCount, type Triple, type Volume } from '../../../core/imaging/index.ts';
import type { LockTimes } from '../../../core/workspace/lock.ts';

/** An empty folder that is removed when the file's tests are over. */
export function temporary(below = tmpdir()): string {
  const folder = mkdtempSync(join(below, 'tessera-workspace-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const smallDims: Triple = [12, 10, 6];

/** An int16 scan of noise on an oblique, non-square grid. */
export function smallScan(seed = 1, dims: Triple = smallDims): Volume {
  const random = seededRandom(seed);
  const voxels = Int16Array.from({ length: voxelCount(dims) }, () => random.integer(-1000, 1000));
  const geometry: Volume['geometry'] = {
    dims,
    spacing: [0.7, 0.9, 2.5],
    origin: pointLPS(-101.25, 33.125, 7.1),
    direction: [
      [0.8, 0.6, 0],
      [-0.6, 0.8, 0],
      [0, 0, 1],
    ],
  };
  return { geometry, voxels, slope: 1, intercept: -24 };
}

/** Locks that nobody waits for. */
export const quick: LockTimes = { beat: 5000, old: 60_000, watch: 50, settle: 0 };
