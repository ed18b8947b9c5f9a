import { throwIfCancelled, type Task } from '../../base/task.ts';
import { evaluateCase, summarise, type Evaluation } from '../../evaluation/index.ts';
import { checkLabels, prepareScan, readScan } from '../../imaging/index.ts';
import { reconstruct, type ReconstructionNumbers } from '../../inference/reconstruct.ts';
import { segmentScan } from '../../inference/segment.ts';
import { loadPretrainedRun } from '../../learning/index.ts';
import { disposeParameters } from '../../model/parameters.ts';
import { closeModel, loadModel } from '../../model/saved-model.ts';
import type { ReconstructionResult } from './results.ts';
import type { Experiment } from './setup.ts';

const WINDOW = { overlap: 0.5, blend: 'gaussian' } as const;

/** Segments every test scan with a saved model and holds the labels against the reference, on the scan's own grid. */
export async function testModel({ split, cases }: Experiment, folder: string, task: Task): Promise<Evaluation> {
  const model = await loadModel(folder);
  const segments = model.document.labels.filter(({ value }) => value !== 0).map(({ value, name }) => ({ label: value, name }));
  try {
    const results = [];
    for (const [done, id] of split.test.entries()) {
      throwIfCancelled(task);
      task.progress({ stage: 'test', done, total: split.test.length });
      const { images = [], label = '' } = cases.get(id) ?? {};
      const { labels } = await segmentScan(images, model, WINDOW, { signal: task.signal, progress: () => undefined });
      const prediction = labels.voxels;
      if (!(prediction instanceof Uint8Array)) throw new Error('An experiment has fewer than 256 labels.');
      const truth = await readScan(label);
      const reference = checkLabels(truth.volume, labels.geometry, { labelName: label, scanName: images[0] ?? id }).labels;
      results.push(evaluateCase({ case: id, reference, prediction, geometry: labels.geometry, segments }));
    }
    return summarise(results);
  } finally {
    closeModel(model);
  }
}

const MASK_RATIOS = [0.5, 0.75, 0.9];

/** How well a pre-trained network fills in one masked view of each test scan, the largest kind that it was trained on. */
export async function testReconstruction(
  { split, cases }: Experiment,
  run: string,
  seed: number,
  task: Task,
): Promise<ReconstructionResult[]> {
  const { settings, parameters } = await loadPretrainedRun(run);
  try {
    const numbers = MASK_RATIOS.map((): ReconstructionNumbers[] => []);
    for (const [done, id] of split.test.entries()) {
      throwIfCancelled(task);
      task.progress({ stage: 'reconstruct', done, total: split.test.length });
      const volumes = [];
      for (const image of cases.get(id)?.images ?? []) volumes.push((await readScan(image)).volume);
      const prepared = prepareScan(volumes, settings.preparation);
      for (const [at, maskRatio] of MASK_RATIOS.entries())
        numbers[at]?.push((await reconstruct(prepared, parameters, settings, { share: 1, maskRatio, seed })).numbers);
    }
    return MASK_RATIOS.map((maskRatio, at) => ({ maskRatio, ...meanOf(numbers[at] ?? []) }));
  } finally {
    disposeParameters(parameters);
  }
}

function meanOf(scans: readonly ReconstructionNumbers[]): Omit<ReconstructionResult, 'maskRatio'> {
  const mean = (key: 'mse' | 'meanOfVisibleMse' | 'nearestVisibleMse'): number =>
    scans.reduce((sum, scan) => sum + scan[key], 0) / scans.length;
  return {
    mse: mean('mse'),
    meanOfVisibleMse: mean('meanOfVisibleMse'),
    nearestVisibleMse: mean('nearestVisibleMse'),
    of: scans[0]?.of ?? 'voxels',
    scans: scans.length,
  };
}
