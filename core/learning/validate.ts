import type { Task } from '../base/task.ts';
import { argmaxLabels } from '../inference/argmax.ts';
import { slidingWindow, type WindowSettings } from '../inference/sliding-window.ts';
import type { SavedModel } from '../model/saved-model.ts';
import type { ScanStore } from './scan-store.ts';
import { belonging, targetNames, type Targets } from './targets.ts';

export interface Validation {
  /** Mean over cases of the mean over the targets that the case has. */
  readonly dice: number;
  /** Mean over cases, by name; NaN for one that no case has. */
  readonly byTarget: Readonly<Record<string, number>>;
}

/**
 * Dice of whole scans on the prepared grid (method 9.4): of the classes but the background, or of the regions. What is undefined in a case,
 * because its reference has none of it, is left out of both means. Unlabelled voxels do not count.
 */
export async function validate(
  store: ScanStore,
  model: SavedModel,
  targets: Targets,
  settings: WindowSettings,
  task: Task,
): Promise<Validation> {
  const rows: number[][] = [];
  for (let i = 0; i < store.cases.length; i++) {
    const { scan, labels, id } = await store.get(i);
    if (labels === undefined) continue;
    const logits = await slidingWindow(scan, model, settings, task, `validate ${id}`);
    rows.push(scanDice(logits, labels, targets));
  }
  const byTarget = targetNames(targets).map((name, t) => [name, nanMean(rows.map((row) => row[t] ?? Number.NaN))]);
  return { dice: nanMean(rows.map(nanMean)), byTarget: Object.fromEntries(byTarget) as Record<string, number> };
}

/** @param logits (V, outputs) @param reference class index of each voxel; one that is no class was not labelled */
function scanDice(logits: Float32Array, reference: Uint8Array, { classes, regions }: Targets): number[] {
  if (regions === undefined) return classDice(reference, argmaxLabels(logits, classes.length), classes.length);
  const rows = belonging(classes, regions);
  return regions.map((_, r) => regionDice(logits, reference, rows, r, regions.length));
}

/** Dice of classes 1..K−1. */
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
  return Array.from({ length: classes - 1 }, (_, i) => dice(both[i + 1] ?? 0, a[i + 1] ?? 0, b[i + 1] ?? 0));
}

/** Dice of one region, which holds the voxels whose logit is above 0. */
function regionDice(logits: Float32Array, reference: Uint8Array, rows: readonly (readonly number[])[], r: number, regions: number): number {
  const belongs = rows.map((row) => row[r] === 1);
  let [both, a, b] = [0, 0, 0];
  for (let v = 0; v < reference.length; v++) {
    const isReference = belongs[reference[v] as number];
    if (isReference === undefined) continue;
    const isPredicted = (logits[v * regions + r] as number) > 0;
    if (isReference) a++;
    if (isPredicted) b++;
    if (isReference && isPredicted) both++;
  }
  return dice(both, a, b);
}

function dice(both: number, reference: number, predicted: number): number {
  return reference === 0 ? Number.NaN : (2 * both) / (reference + predicted);
}

function nanMean(numbers: readonly number[]): number {
  const finite = numbers.filter((n) => !Number.isNaN(n));
  return finite.length === 0 ? Number.NaN : finite.reduce((sum, n) => sum + n, 0) / finite.length;
}
