import { silentTask } from '../../../core/base/task.ts';
import { tensor, values } from '../../../core/compute/index.ts';
import { prepareScan, readScan, type Volume } from '../../../core/imaging/index.ts';
import { slidingWindow } from '../../../core/inference/sliding-window.ts';
import type { SavedModel } from '../../../core/model/saved-model.ts';

/** The model with a bias that brings the mean of each output over a scan to 0, so that none of them always wins. The caller closes both. */
export async function balanced(model: SavedModel, scan: string | Volume): Promise<SavedModel> {
  const volume = typeof scan === 'string' ? (await readScan(scan)).volume : scan;
  const logits = await slidingWindow(prepareScan([volume], model.document.preparation), model, {}, silentTask, 'balance');
  const name = 'out.conv.conv.bias';
  const bias = model.parameters.get(name);
  if (bias === undefined) throw new Error('UNETR has a bias.');
  const n = bias.size;
  const mean = (output: number): number => (n * logits.reduce((sum, z, at) => sum + (at % n === output ? z : 0), 0)) / logits.length;
  const centred = (await values(bias)).map((b, output) => b - mean(output));
  return { ...model, parameters: new Map([...model.parameters, [name, tensor(centred, [n])]]) };
}
