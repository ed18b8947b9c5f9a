import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { seededRandom } from '../../../core/base/random.ts';
import { pointLPS, voxelCount, type Triple, type Volume } from '../../../core/imaging/index.ts';
import { createWorkspace, type LabelLayer, type Workspace } from '../../../core/workspace/index.ts';
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

/** As {@link temporary}, in memory where the system offers that: for many small files whose way to a real disk is not in question. */
export function temporaryInMemory(): string {
  return temporary(existsSync('/dev/shm') ? '/dev/shm' : undefined);
}

/** A new workspace with one scan and one empty layer on it. */
export async function withLayer(
  folder: string,
): Promise<{ workspace: Workspace; scanId: string; layerId: string; layer: LabelLayer; path: string }> {
  const workspace = await createWorkspace(folder, { name: 'study', who: 'tester', lockTimes: quick });
  const { scan } = await workspace.addScan({ volume: smallScan() });
  const { id } = await workspace.createLayer(scan.id, { name: 'liver', labels: [{ value: 1, name: 'liver' }] });
  const layer = await workspace.openLayer(scan.id, id);
  return { workspace, scanId: scan.id, layerId: id, layer, path: join(folder, 'labels', scan.id, id) };
}
