import * as z from 'zod';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { dispose, values } from '../compute/index.ts';
import type { PreparedScan, Triple } from '../imaging/index.ts';
import { disposeInput } from '../model/network-input.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { segmentationNetwork } from '../model/segmentation-network.ts';

export const windowSettings = z.object({
  overlap: z.number().min(0).max(0.95).default(0.5).meta({ description: 'Share of a window that the next one covers again.' }),
  blend: z
    .enum(['gaussian', 'constant'])
    .default('gaussian')
    .meta({ description: 'Weight of a window’s voxels in the average: highest in its middle, or all the same.' }),
});
export type WindowSettings = z.infer<typeof windowSettings>;

/** Where windows start along one axis (method 9.2): steps of size·(1 − overlap), the last pulled back to end with the scan. */
export function windowStarts(size: number, window: number, overlap: number): number[] {
  const step = window === size ? window : Math.max(1, Math.floor(window * (1 - overlap)));
  const starts: number[] = [];
  for (let at = 0; ; at += step) {
    if (at + window >= size) {
      starts.push(Math.max(0, size - window));
      return starts;
    }
    starts.push(at);
  }
}

/** Weights along one axis: exp(−x²/2σ²), x from the middle, σ = n/8 (method 9.2, MONAI 1.1 and later); or ones. */
export function windowWeights(n: number, blend: WindowSettings['blend']): Float32Array {
  if (blend === 'constant') return new Float32Array(n).fill(1);
  const sigma = 0.125 * n;
  return Float32Array.from({ length: n }, (_, i) => Math.exp(-((i - (n - 1) / 2) ** 2) / (2 * sigma * sigma)));
}

/** The lowest weight of a voxel, so that corners count for something. */
const LOWEST_WEIGHT = 1e-3;

/**
 * Logits of a whole scan: windows in turn, logits averaged by weight (method 9.2). A scan smaller than the window is padded with zeros.
 * @returns (n0·n1·n2, K) in the order of the prepared scan
 */
export async function slidingWindow(
  scan: PreparedScan,
  model: SavedModel,
  settings: WindowSettings,
  task: Task,
  stage: string,
): Promise<Float32Array> {
  const network = segmentationNetwork(model.document);
  const { size, outputs: classes } = network;
  const { dims } = scan;
  const padded = dims.map((n, axis) => Math.max(n, size[axis] ?? n)) as unknown as Triple;
  const before = dims.map((n, axis) => Math.floor(((padded[axis] ?? n) - n) / 2)) as unknown as Triple;
  const starts = padded.map((n, axis) => windowStarts(n, size[axis] ?? n, settings.overlap));
  const weights = size.map((n) => windowWeights(n, settings.blend));
  const sum = new Float32Array(dims[0] * dims[1] * dims[2] * classes);
  const total = new Float32Array(dims[0] * dims[1] * dims[2]);
  const count = starts.reduce((product, s) => product * s.length, 1);
  let done = 0;
  for (const i of starts[0] ?? [])
    for (const j of starts[1] ?? [])
      for (const k of starts[2] ?? []) {
        throwIfCancelled(task);
        const corner: Triple = [i - before[0], j - before[1], k - before[2]];
        const input = network.inputs([cropOf(scan, corner, size)]);
        const logits = network.logits(input, model.parameters);
        const part = await values(logits);
        disposeInput(input);
        dispose(logits);
        blendIn(part, classes, corner, size, weights, dims, sum, total);
        task.progress({ stage, done: ++done, total: count });
      }
  for (let v = 0; v < total.length; v++) {
    const scale = 1 / (total[v] as number);
    for (let c = v * classes; c < (v + 1) * classes; c++) sum[c] = (sum[c] as number) * scale;
  }
  return sum;
}

/** The box at `corner`, zero outside the scan: (C, s0, s1, s2), last axis fastest. */
export function cropOf(scan: PreparedScan, corner: Triple, size: Triple): Float32Array {
  const out = new Float32Array(scan.channels * size[0] * size[1] * size[2]);
  copyBox(scan.values, scan.channels, scan.dims, corner, size, out);
  return out;
}

/** Copies a box that may reach beyond the source, whose outside counts as what `to` already holds. */
export function copyBox<T extends Float32Array | Uint8Array | Int32Array>(
  from: ArrayLike<number> & { subarray(a: number, b: number): ArrayLike<number> },
  channels: number,
  dims: Triple,
  corner: Triple,
  size: Triple,
  to: T,
): T {
  const [n0, n1, n2] = dims;
  const k0 = Math.max(0, -corner[2]);
  const k1 = Math.min(size[2], n2 - corner[2]);
  if (k0 >= k1) return to;
  for (let c = 0; c < channels; c++)
    for (let a = 0; a < size[0]; a++) {
      const i = corner[0] + a;
      if (i < 0 || i >= n0) continue;
      for (let b = 0; b < size[1]; b++) {
        const j = corner[1] + b;
        if (j < 0 || j >= n1) continue;
        const row = ((c * n0 + i) * n1 + j) * n2 + corner[2];
        to.set(from.subarray(row + k0, row + k1), ((c * size[0] + a) * size[1] + b) * size[2] + k0);
      }
    }
  return to;
}

function blendIn(
  logits: Float32Array,
  classes: number,
  corner: Triple,
  size: Triple,
  weights: readonly Float32Array[],
  dims: Triple,
  sum: Float32Array,
  total: Float32Array,
): void {
  const [w0, w1, w2] = weights;
  if (w0 === undefined || w1 === undefined || w2 === undefined) return;
  for (let a = 0; a < size[0]; a++) {
    const i = corner[0] + a;
    if (i < 0 || i >= dims[0]) continue;
    for (let b = 0; b < size[1]; b++) {
      const j = corner[1] + b;
      if (j < 0 || j >= dims[1]) continue;
      const plane = (w0[a] as number) * (w1[b] as number);
      for (let c = 0; c < size[2]; c++) {
        const k = corner[2] + c;
        if (k < 0 || k >= dims[2]) continue;
        const weight = Math.max(LOWEST_WEIGHT, plane * (w2[c] as number));
        const to = (i * dims[1] + j) * dims[2] + k;
        const from = ((a * size[1] + b) * size[2] + c) * classes;
        total[to] = (total[to] as number) + weight;
        for (let m = 0; m < classes; m++) sum[to * classes + m] = (sum[to * classes + m] as number) + weight * (logits[from + m] as number);
      }
    }
  }
}
