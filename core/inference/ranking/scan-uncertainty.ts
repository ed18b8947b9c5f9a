import type { Task } from '../../base/task.ts';
import type { PreparedScan } from '../../imaging/index.ts';
import type { SavedModel } from '../../model/saved-model.ts';
import { decisionOf } from '../decision.ts';
import { windowSlabs } from '../sliding-window.ts';
import { networkOfModel } from '../window-network.ts';

/** What is more uncertain than this is next to a coin's toss, whatever the model decides there. */
const HALF = 0.5;
/** Enough for a mean; a segmentation to be used takes more. */
const OVERLAP = 0.25;

/**
 * How unsure a model is of a scan: the mean normalised entropy (0 to 1) of the voxels that it draws, and of those that it leaves as background
 * without being sure. The rest of a scan is background to every model, and the larger a scan, the more of that there is.
 * @returns 0 where the model draws nothing and is sure of it
 * @throws TesseraError `cancelled`
 */
export async function scanUncertainty(scan: PreparedScan, model: SavedModel, task: Task, breathe?: () => Promise<void>): Promise<number> {
  const decision = decisionOf(model.document);
  const { outputs } = decision;
  const row = scan.dims[1] * scan.dims[2];
  const voxel = new Float64Array(outputs);
  let [sum, voxels] = [0, 0];
  const slabs = windowSlabs(scan, networkOfModel(model), { overlap: OVERLAP }, task, 'uncertainty', false, () => breathe?.());
  for await (const { repeated, logits, weight } of slabs)
    for (let v = repeated * row; v < weight.length; v++) {
      // No window was run on air.
      if (weight[v] === 0) continue;
      for (let o = 0; o < outputs; o++) voxel[o] = logits[v * outputs + o] as number;
      const entropy = decision.entropy(voxel);
      if (entropy < HALF && decision.classOf(logits, v * outputs) === 0) continue;
      sum += entropy;
      voxels++;
    }
  return voxels === 0 ? 0 : sum / voxels;
}
