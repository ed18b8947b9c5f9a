import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { INTENT_LABEL, writeNifti } from '../../../imaging/index.ts';
import type { Workspace } from '../../../workspace/index.ts';
import { learnedMap, type ChosenLayer } from './chosen-labels.ts';

const ENDING = '.nii.gz';

/**
 * Keeps label maps beside a run as they are when it begins: drawing goes on, and the run shall be the same when it is resumed.
 * @returns the file of each scan
 * @throws TesseraError `conflict`, `write-failed`
 */
export async function writeLabelFiles(
  workspace: Workspace,
  folder: string,
  layers: readonly ChosenLayer[],
): Promise<ReadonlyMap<string, string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = new Map<string, string>();
  for (const chosen of layers) {
    const { geometry } = await workspace.scan(chosen.scan);
    const layer = await workspace.openLayer(chosen.scan, chosen.layer);
    try {
      const path = join(folder, chosen.scan + ENDING);
      await writeNifti(path, { geometry, voxels: learnedMap(layer, chosen), slope: 1, intercept: 0 }, { intentCode: INTENT_LABEL });
      files.set(chosen.scan, path);
    } finally {
      await layer.close();
    }
  }
  return files;
}

/** Those that were written before. */
export async function labelFilesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(names.filter((name) => name.endsWith(ENDING)).map((name) => [name.slice(0, -ENDING.length), join(folder, name)]));
}
