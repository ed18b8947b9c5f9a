import * as z from 'zod';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { cropOf } from '../imaging/crop-box.ts';
import type { Box, PreparedScan, Triple } from '../imaging/index.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { argmaxLabels } from './argmax.ts';
import { mirrorAxes, reversed } from './mirror.ts';
import { networkOfModel, type WindowNetwork } from './window-network.ts';
import { WindowSum, type Slab } from './window-sum.ts';

export const windowSettings = z.object({
  overlap: z.number().min(0).max(0.95).default(0.5).meta({ description: 'Share of a window that the next one covers again.' }),
  blend: z
    .enum(['gaussian', 'constant'])
    .default('gaussian')
    .meta({ description: 'Weight of a window’s voxels in the average: highest in its middle, or all the same.' }),
  mirror: z
    .boolean()
    .default(false)
    .meta({ description: 'Average the logits of each window over its eight mirrored copies; takes eight times as long.' }),
  skipEmpty: z.boolean().default(true).meta({
    description: 'Leave out windows whose every voxel is 0 after preparation (air, padding); what only they cover is background.',
  }),
});
export type WindowSettings = z.infer<typeof windowSettings>;
/** Settings that are left out have their defaults. */
export type WindowOptions = z.input<typeof windowSettings>;

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

/** Told after each window: what is summed up so far, and the box of the prepared scan that the window covers, which may reach beyond it. */
export type AfterWindow = (sum: WindowSum, box: Box) => Promise<void> | void;

/**
 * Averaged logits of a whole scan, some rows at a time: windows in turn, logits averaged by weight (method 9.2). A scan smaller than the
 * window is padded with zeros.
 * @param inOnePiece all rows in one slab, for those who need the whole scan at once
 */
export async function* windowSlabs(
  scan: PreparedScan,
  network: WindowNetwork,
  options: WindowOptions,
  task: Task,
  stage: string,
  inOnePiece = false,
  afterWindow?: AfterWindow,
): AsyncGenerator<Slab, void, undefined> {
  const settings = windowSettings.parse(options);
  const { size, outputs } = network;
  const { dims } = scan;
  const padded = mapAxes((axis) => Math.max(dims[axis], size[axis]));
  const before = mapAxes((axis) => Math.floor((padded[axis] - dims[axis]) / 2));
  const starts = mapAxes((axis) => windowStarts(padded[axis], size[axis], settings.overlap));
  const weights = mapAxes((axis) => windowWeights(size[axis], settings.blend));
  const sum = new WindowSum(dims, size, outputs, weights, inOnePiece ? dims[0] : size[0] + 1);
  const mirrors = settings.mirror ? mirrorAxes : mirrorAxes.slice(0, 1);
  const count = starts[0].length * starts[1].length * starts[2].length;
  let done = 0;
  for (const [n, i] of starts[0].entries()) {
    for (const j of starts[1])
      for (const k of starts[2]) {
        throwIfCancelled(task);
        const corner: Triple = [i - before[0], j - before[1], k - before[2]];
        const crop = cropOf(scan, corner, size);
        if (!settings.skipEmpty || !isEmpty(crop))
          for (const axes of mirrors)
            await network.logitsOf(reversed(crop, size, axes), (part, row) => {
              sum.add(part, row, corner, axes);
            });
        task.progress({ stage, done: ++done, total: count });
        await afterWindow?.(sum, { start: corner, size });
      }
    const next = starts[0][n + 1];
    if (next === undefined) yield sum.finish(dims[0]);
    else if (!inOnePiece) {
      yield sum.finish(next);
      sum.advance(next);
    }
  }
}

/** Logits of a whole scan (n0·n1·n2, K), in the order of the prepared scan. See {@link windowSlabs}. */
export async function slidingWindow(
  scan: PreparedScan,
  model: SavedModel,
  options: WindowOptions,
  task: Task,
  stage: string,
): Promise<Float32Array> {
  const slabs = windowSlabs(scan, networkOfModel(model), options, task, stage, true);
  for await (const { logits } of slabs) return logits;
  throw new Error('A scan has at least one window.');
}

/** The class of the highest logit for each voxel of a prepared scan, in its order. The logits of the whole scan are never in memory. */
export async function windowClasses(
  scan: PreparedScan,
  model: SavedModel,
  options: WindowOptions,
  task: Task,
  stage: string,
): Promise<Uint8Array> {
  const network = networkOfModel(model);
  const row = scan.dims[1] * scan.dims[2];
  const classes = new Uint8Array(scan.dims[0] * row);
  for await (const { first, repeated, logits } of windowSlabs(scan, network, options, task, stage))
    argmaxLabels(logits.subarray(repeated * row * network.outputs), network.outputs, classes.subarray((first + repeated) * row));
  return classes;
}

/** Whether a crop is all zeros: padding, air below an intensity window, or voxels that a z-score counts as empty. */
function isEmpty(crop: Float32Array): boolean {
  for (let v = 0; v < crop.length; v++) if (crop[v] !== 0) return false;
  return true;
}

function mapAxes<T>(f: (axis: 0 | 1 | 2) => T): [T, T, T] {
  return [f(0), f(1), f(2)];
}
