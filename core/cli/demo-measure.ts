import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { evaluateCase, summarise, type Evaluation } from '../evaluation/index.ts';
import { checkLabels, INTENT_LABEL, prepareScan, readScan, writeNifti } from '../imaging/index.ts';
import { reconstruct, type Reconstruction } from '../inference/reconstruct.ts';
import { segmentScan } from '../inference/segment.ts';
import { loadPretrainedRun } from '../learning/index.ts';
import { disposeParameters } from '../model/parameters.ts';
import { closeModel, loadModel } from '../model/saved-model.ts';
import { segments, type Arm, type DemoExample } from './demo-story.ts';

/** Labels the scans never seen with the model of one arm, and holds them against the reference. */
export async function segmentAndEvaluate(cases: readonly DemoExample[], run: string, arm: Arm, task: Task): Promise<Evaluation> {
  const model = await loadModel(join(run, 'model'));
  try {
    const results = [];
    for (const [done, { id, scan, reference, predictions }] of cases.entries()) {
      throwIfCancelled(task);
      task.progress({ stage: `segment (${arm})`, done, total: cases.length });
      const { labels } = await segmentScan(
        [scan],
        model,
        { overlap: 0.5, blend: 'gaussian' },
        { signal: task.signal, progress: () => undefined },
      );
      await mkdir(join(predictions[arm], '..'), { recursive: true });
      await writeNifti(predictions[arm], labels, { intentCode: INTENT_LABEL });
      const truth = await readScan(reference);
      const prediction = labels.voxels;
      if (!(prediction instanceof Uint8Array)) throw new Error('The demo has fewer than 256 labels.');
      results.push(
        evaluateCase({
          case: id,
          reference: checkLabels(truth.volume, labels.geometry, { labelName: reference, scanName: scan }).labels,
          prediction,
          geometry: labels.geometry,
          segments,
        }),
      );
    }
    return summarise(results);
  } finally {
    closeModel(model);
  }
}

/** One global view of each scan never seen, masked and filled in. */
export async function reconstructAll(
  cases: readonly DemoExample[],
  run: string,
  seed: number,
  task: Task,
): Promise<{ id: string; value: Reconstruction }[]> {
  const { settings, parameters } = await loadPretrainedRun(run);
  try {
    const all = [];
    for (const [done, { id, scan }] of cases.entries()) {
      throwIfCancelled(task);
      task.progress({ stage: 'reconstruct', done, total: cases.length });
      const prepared = prepareScan([(await readScan(scan)).volume], settings.preparation);
      all.push({
        id,
        value: await reconstruct(prepared, parameters, settings, { view: 'global', share: 1, maskRatio: settings.maskRatio, seed }),
      });
    }
    return all;
  } finally {
    disposeParameters(parameters);
  }
}
