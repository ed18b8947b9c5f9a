// A network small enough for studies of many trainings: what `test/e2e/models/README.md` describes, on crops of the hippocampus.
import { silentTask } from '../../core/base/task.ts';
import type { Backend } from '../../core/compute/index.ts';
import { findTrainingCases, prepareLabels, prepareScan, readScan, type DatasetCase } from '../../core/imaging/index.ts';
import { windowClasses } from '../../core/inference/sliding-window.ts';
import { finetune, finetuneSettings, pretrain, pretrainSettings } from '../../core/learning/index.ts';
import { closeModel, loadModel, type SavedModel } from '../../core/model/saved-model.ts';

const preparation = { spacing: null, intensity: { kind: 'zscore' }, foreground: false } as const;
export const tinyEncoder = { width: 48, depth: 3, heads: 3, patch: [8, 8, 8] } as const;
const BATCH = 2;

/** Pre-trains GL-MAE on cases without their labels. @returns its run folder */
export async function tinyPretraining(
  data: string,
  ids: ReadonlySet<string>,
  out: string,
  epochs: number,
  seed: number,
  backend: Backend,
): Promise<string> {
  const { cases } = await findTrainingCases(data);
  const leaveOut = new Set(cases.map(({ id }) => id).filter((id) => !ids.has(id)));
  const settings = pretrainSettings.parse({
    encoder: tinyEncoder,
    preparation,
    decoder: { width: 48, depth: 1, heads: 2 },
    head: { hidden: 64, out: 32 },
    globalSize: [32, 48, 32],
    localSize: [16, 24, 16],
    positionGrid: [32, 48, 32],
    globalScale: [0.85, 1],
    globals: 1,
    locals: 2,
    batch: 8,
    learningRate: 1.5e-3,
    epochs,
  });
  await pretrain({ data, out, settings, seed, backend, leaveOut }, silentTask);
  return out;
}

/** Fine-tunes a UNETR on some cases, for as many steps however many there are. @returns the folder of the model */
export async function tinyFinetuning(
  data: string,
  ids: readonly string[],
  out: string,
  init: string,
  steps: number,
  seed: number,
  backend: Backend,
): Promise<string> {
  const settings = finetuneSettings.parse({
    ...tinyEncoder,
    preparation,
    size: [32, 48, 32],
    features: 8,
    learningRate: 2e-3,
    layerDecay: 0.9,
    batch: BATCH,
    crops: 1,
    validationShare: 0,
    epochs: Math.max(1, Math.round(steps / Math.ceil(ids.length / BATCH))),
  });
  const run = await finetune({ data, out, settings, seed, backend, init, split: { ids } }, silentTask);
  return run.modelPath();
}

/** Dice of each case: the mean over its structures. */
export async function diceOfCases(model: SavedModel, cases: readonly DatasetCase[]): Promise<number[]> {
  const found: number[] = [];
  for (const { images, label } of cases) {
    const { volume } = await readScan(images[0] ?? '');
    const { volume: reference } = await readScan(label ?? '');
    const scan = prepareScan([volume], model.document.preparation);
    const truth = prepareLabels(reference, scan);
    const drawn = await windowClasses(scan, model, { overlap: 0.25 }, silentTask, 'segment');
    const values = model.document.labels.map(({ value }) => value);
    found.push(mean(values.slice(1).map((value, at) => dice(truth, value, drawn, at + 1))));
  }
  return found;
}

/** Opens a model, uses it and frees it. */
export async function withModelAt<T>(folder: string, use: (model: SavedModel) => Promise<T>): Promise<T> {
  const model = await loadModel(folder);
  try {
    return await use(model);
  } finally {
    closeModel(model);
  }
}

function dice(truth: Uint8Array, value: number, drawn: Uint8Array, index: number): number {
  let [both, sum] = [0, 0];
  for (let v = 0; v < truth.length; v++) {
    const [a, b] = [truth[v] === value, drawn[v] === index];
    if (a && b) both++;
    if (a) sum++;
    if (b) sum++;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}

export const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
