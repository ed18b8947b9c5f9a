import { handlers } from '../../../core/service/engine/handlers/index.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { contextOf, sample, sampleLabels } from './support.ts';
import { join } from 'node:path';

/** Bundled MR crops, with labels from anterior to posterior. */
export const names = ['hippocampus_020', 'hippocampus_024', 'hippocampus_025', 'hippocampus_034'] as const;

const preparation = { intensity: { kind: 'zscore' }, foreground: false };

/** Steps of a few milliseconds. */
export const tinyPretraining = {
  encoder: { width: 24, depth: 3, heads: 2, patch: [8, 8, 8] },
  decoder: { width: 12, depth: 1, heads: 2 },
  head: { hidden: 16, out: 8 },
  globalSize: [16, 24, 16],
  localSize: [8, 16, 16],
  locals: 2,
  batch: 2,
  preparation,
};
export const tinyFinetuning = {
  width: 24,
  depth: 3,
  heads: 2,
  patch: [8, 8, 8],
  size: [24, 32, 24],
  features: 2,
  batch: 1,
  crops: 1,
  validateEvery: 2,
  window: { overlap: 0 },
  preparation,
};

/** Imports the first bundled crops. @param labelled how many with their labels @returns ids of the scans */
export async function importSamples(workspace: Workspace, count: number, labelled: number): Promise<string[]> {
  const scans: string[] = [];
  for (const [n, name] of names.slice(0, count).entries()) {
    const { scans: [scan = ''] = [] } = await handlers.import({ paths: [sample(name)] }, contextOf(workspace));
    scans.push(scan);
    if (n < labelled)
      await handlers['import-layer'](
        { scan, paths: [sampleLabels(name), join(sampleLabels(name), '..', '..', 'labels.json')] },
        contextOf(workspace),
      );
  }
  return scans;
}
