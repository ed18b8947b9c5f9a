import type { Task } from '../base/task.ts';
import { slidingWindow, type WindowSettings } from '../inference/sliding-window.ts';
import { argmaxLabels } from '../inference/argmax.ts';
import type { SavedModel } from '../model/saved-model.ts';
import type { ScanStore } from './scan-store.ts';

/**
 * Dice of whole scans on the prepared grid: the mean over cases of the mean over the classes that the case has (method 9.4), and the
 * mean over cases of each class.
 */
export async function validate(
  store: ScanStore,
  model: SavedModel,
  settings: WindowSettings,
  task: Task,
): Promise<{ dice: number; perClass: number[] }> {
  const classes = model.document.labels.length;
  const rows: number[][] = [];
  for (let i = 0; i < store.cases.length; i++) {
    const { scan, labels, id } = await store.get(i);
    if (labels === undefined) continue;
    const predicted = argmaxLabels(await slidingWindow(scan, model, settings, task, `validate ${id}`), classes);
    rows.push(classDice(labels, predicted, classes));
  }
  const perClass = Array.from({ length: classes - 1 }, (_, c) => nanMean(rows.map((row) => row[c] ?? Number.NaN)));
  return { dice: nanMean(rows.map(nanMean)), perClass };
}

/** Dice of classes 1..K−1; NaN where the reference has none. Voxels whose reference is no class were not labelled and do not count. */
function classDice(reference: Uint8Array, predicted: Uint8Array, classes: number): number[] {
  const both = new Float64Array(classes);
  const a = new Float64Array(classes);
  const b = new Float64Array(classes);
  for (let v = 0; v < reference.length; v++) {
    const r = reference[v] as number;
    if (r >= classes) continue;
    const p = predicted[v] as number;
    a[r] = (a[r] as number) + 1;
    b[p] = (b[p] as number) + 1;
    if (r === p) both[r] = (both[r] as number) + 1;
  }
  return Array.from({ length: classes - 1 }, (_, i) => {
    const c = i + 1;
    return a[c] === 0 ? Number.NaN : (2 * (both[c] as number)) / ((a[c] as number) + (b[c] as number));
  });
}

function nanMean(numbers: readonly number[]): number {
  const finite = numbers.filter((n) => !Number.isNaN(n));
  return finite.length === 0 ? Number.NaN : finite.reduce((sum, n) => sum + n, 0) / finite.length;
}
