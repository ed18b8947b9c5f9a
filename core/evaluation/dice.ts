import { requireGrid, type LabelVoxels } from './labelmap.ts';
import type { Triple } from '../imaging/volume.ts';

/** How many voxels two label maps give to one label, and the smallest box that holds them all. */
export interface Overlap {
  readonly label: number;
  readonly referenceVoxels: number;
  readonly predictionVoxels: number;
  readonly sharedVoxels: number;
  /** First and last voxel along i, j, k, both included; undefined when neither map has the label. */
  readonly box: Box | undefined;
}

export interface Box {
  readonly first: Triple;
  readonly last: Triple;
}

/** Dice coefficient 2|A∩B| / (|A|+|B|), in 0..1. NaN when the reference is empty (method 9.4): there is nothing to find. */
export function dice({ referenceVoxels, predictionVoxels, sharedVoxels }: Overlap): number {
  return referenceVoxels === 0 ? NaN : (2 * sharedVoxels) / (referenceVoxels + predictionVoxels);
}

/**
 * Counts voxels of every asked label in one pass over both maps.
 * @throws TesseraError `grid-mismatch` when a map does not fill `dims`.
 */
export function measureOverlaps(reference: LabelVoxels, prediction: LabelVoxels, dims: Triple, labels: readonly number[]): Overlap[] {
  requireGrid(reference, dims, 'reference');
  requireGrid(prediction, dims, 'prediction');
  const row = new Int32Array(65536).fill(-1);
  labels.forEach((label, index) => (row[label] = index));
  const n = labels.length;
  const inReference = new Float64Array(n);
  const inPrediction = new Float64Array(n);
  const inBoth = new Float64Array(n);
  const first = new Int32Array(3 * n).fill(0x7fffffff);
  const last = new Int32Array(3 * n).fill(-1);

  const widen = (r: number, i: number, j: number, k: number): void => {
    if (i < (first[3 * r] as number)) first[3 * r] = i;
    if (j < (first[3 * r + 1] as number)) first[3 * r + 1] = j;
    if (k < (first[3 * r + 2] as number)) first[3 * r + 2] = k;
    if (i > (last[3 * r] as number)) last[3 * r] = i;
    if (j > (last[3 * r + 1] as number)) last[3 * r + 1] = j;
    if (k > (last[3 * r + 2] as number)) last[3 * r + 2] = k;
  };

  for (let k = 0, v = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++, v++) {
        const a = reference[v] as number;
        const b = prediction[v] as number;
        if (a === 0 && b === 0) continue;
        const rowA = row[a] as number;
        const rowB = row[b] as number;
        if (rowA >= 0) {
          inReference[rowA] = (inReference[rowA] as number) + 1;
          widen(rowA, i, j, k);
        }
        if (rowB >= 0) {
          inPrediction[rowB] = (inPrediction[rowB] as number) + 1;
          if (rowA === rowB) inBoth[rowB] = (inBoth[rowB] as number) + 1;
          else widen(rowB, i, j, k);
        }
      }
    }
  }

  const triple = (from: Int32Array, r: number): Triple => [from[3 * r] as number, from[3 * r + 1] as number, from[3 * r + 2] as number];
  return labels.map((label, r) => ({
    label,
    referenceVoxels: inReference[r] as number,
    predictionVoxels: inPrediction[r] as number,
    sharedVoxels: inBoth[r] as number,
    box: (last[3 * r] as number) < 0 ? undefined : { first: triple(first, r), last: triple(last, r) },
  }));
}
