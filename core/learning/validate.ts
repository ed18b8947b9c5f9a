import type { Task } from '../base/task.ts';
import { argmaxLabels } from '../inference/argmax.ts';
import { windowSlabs, type WindowSettings } from '../inference/sliding-window.ts';
import { networkOfModel } from '../inference/window-network.ts';
import type { SavedModel } from '../model/saved-model.ts';
import type { ScanStore } from './scan-store.ts';
import { belonging, targetNames, type Targets } from './targets.ts';

export interface Validation {
  /** Mean over cases of the mean over the targets that the case has. */
  readonly dice: number;
  /** Mean over cases, by name; NaN for one that no case has. */
  readonly byTarget: Readonly<Record<string, number>>;
  /** Of each case, by its id: the mean over the targets that it has, and each of them. */
  readonly cases: readonly { readonly id: string; readonly dice: number; readonly byTarget: Readonly<Record<string, number>> }[];
}

/**
 * Dice of whole scans on the prepared grid (method 9.4): of the classes but the background, or of the regions. What is undefined in a case,
 * because its reference has none of it, is left out of both means. Unlabelled voxels do not count. Voxels are counted as windows are
 * finished: the logits of a whole scan are never in memory.
 */
export async function validate(
  store: ScanStore,
  model: SavedModel,
  targets: Targets,
  settings: WindowSettings,
  task: Task,
): Promise<Validation> {
  const rows: number[][] = [];
  const ids: string[] = [];
  for (let i = 0; i < store.cases.length; i++) {
    const { scan, labels, id } = await store.get(i);
    if (labels === undefined) continue;
    const row = scan.dims[1] * scan.dims[2];
    const network = networkOfModel(model);
    const overlaps = targetNames(targets).map((): Overlap => ({ both: 0, reference: 0, predicted: 0 }));
    for await (const { first, repeated, logits } of windowSlabs(scan, network, settings, task, `validate ${id}`, false, () =>
      task.breathe?.(),
    ))
      count(overlaps, logits.subarray(repeated * row * network.outputs), labels.subarray((first + repeated) * row), targets);
    rows.push(overlaps.map(dice));
    ids.push(id);
  }
  const names = targetNames(targets);
  const named = (row: readonly number[]): Record<string, number> =>
    Object.fromEntries(names.map((name, t) => [name, row[t] ?? Number.NaN]));
  return {
    dice: nanMean(rows.map(nanMean)),
    byTarget: named(names.map((_, t) => nanMean(rows.map((row) => row[t] ?? Number.NaN)))),
    cases: rows.map((row, c) => ({ id: ids[c] ?? '', dice: nanMean(row), byTarget: named(row) })),
  };
}

/** Voxels of one target: in both, in the reference, in the prediction. */
interface Overlap {
  both: number;
  reference: number;
  predicted: number;
}

/** @param logits (V, outputs) @param reference class index of each voxel from the first on; one that is no class was not labelled */
function count(overlaps: readonly Overlap[], logits: Float32Array, reference: Uint8Array, { classes, regions }: Targets): void {
  if (regions === undefined) {
    countClasses(overlaps, argmaxLabels(logits, classes.length), reference, classes.length);
    return;
  }
  const rows = belonging(classes, regions);
  overlaps.forEach((overlap, r) => {
    countRegion(overlap, logits, reference, rows, r, regions.length);
  });
}

/** Classes 1..K−1. */
function countClasses(overlaps: readonly Overlap[], predicted: Uint8Array, reference: Uint8Array, classes: number): void {
  for (let v = 0; v < predicted.length; v++) {
    const r = reference[v] as number;
    if (r >= classes) continue;
    const p = predicted[v] as number;
    const [inReference, inPrediction] = [overlaps[r - 1], overlaps[p - 1]];
    if (inReference !== undefined) inReference.reference++;
    if (inPrediction !== undefined) inPrediction.predicted++;
    if (inReference !== undefined && r === p) inReference.both++;
  }
}

/** One region, which holds the voxels whose logit is above 0. */
function countRegion(
  overlap: Overlap,
  logits: Float32Array,
  reference: Uint8Array,
  rows: readonly (readonly number[])[],
  r: number,
  regions: number,
): void {
  const belongs = rows.map((row) => row[r] === 1);
  const voxels = logits.length / regions;
  for (let v = 0; v < voxels; v++) {
    const isReference = belongs[reference[v] as number];
    if (isReference === undefined) continue;
    const isPredicted = (logits[v * regions + r] as number) > 0;
    if (isReference) overlap.reference++;
    if (isPredicted) overlap.predicted++;
    if (isReference && isPredicted) overlap.both++;
  }
}

function dice({ both, reference, predicted }: Overlap): number {
  return reference === 0 ? Number.NaN : (2 * both) / (reference + predicted);
}

function nanMean(numbers: readonly number[]): number {
  const finite = numbers.filter((n) => !Number.isNaN(n));
  return finite.length === 0 ? Number.NaN : finite.reduce((sum, n) => sum + n, 0) / finite.length;
}
