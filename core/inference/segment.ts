import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import {
  gridDifference,
  indexIJK,
  indexToPoint,
  pointToIndex,
  prepareScan,
  readScan,
  resample,
  toFirstFastest,
  voxelCount,
  type Geometry,
  type PreparedScan,
  type Triple,
  type Volume,
} from '../imaging/index.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { slidingWindow, type WindowSettings } from './sliding-window.ts';

export interface Segmentation {
  /** Label values (not class indices) on the scan's own grid. */
  readonly labels: Volume;
  /** Probabilities on the same grid, one volume a class in the model's order, where they were asked for. */
  readonly probabilities?: readonly Volume[];
}

export interface SegmentOptions extends WindowSettings {
  readonly probabilities?: boolean;
}

/**
 * Segments one scan and returns labels on its own grid: logits are brought there by linear interpolation, then the highest wins.
 * @param paths one file a channel
 */
export async function segmentScan(paths: readonly string[], model: SavedModel, options: SegmentOptions, task: Task): Promise<Segmentation> {
  const { settings, preparation } = model.document;
  if (paths.length !== settings.channels)
    throw new TesseraError('bad-model', `takes ${String(settings.channels)} channels, ${String(paths.length)} were given.`, {
      subject: paths[0] ?? 'scan',
      advice: 'Give one file for each channel that the model was trained with.',
    });
  const channels: Volume[] = [];
  for (const path of paths) {
    const { volume } = await readScan(path);
    const difference = channels[0] === undefined ? undefined : gridDifference(channels[0].geometry, volume.geometry);
    if (difference !== undefined)
      throw new TesseraError('grid-mismatch', `lies on another grid than the first channel (${difference}).`, { subject: path });
    channels.push(volume);
  }
  const own = channels[0]?.geometry;
  if (own === undefined) throw new TesseraError('usage', 'no scan was given.', {});
  const scan = prepareScan(channels, preparation);
  const logits = await slidingWindow(scan, model, options, task, 'segment');
  return toOwnGrid(logits, scan, own, model, options.probabilities === true);
}

/** Classes are brought to the scan's grid one at a time: never more than the running best beside one of them. */
function toOwnGrid(logits: Float32Array, scan: PreparedScan, own: Geometry, model: SavedModel, keepAll: boolean): Segmentation {
  const { labels } = model.document;
  const n = voxelCount(own.dims);
  const inside = insideMask(scan, own);
  const best = new Float32Array(n).fill(-Infinity);
  const values = labels.some((l) => l.value > 255) ? new Uint16Array(n) : new Uint8Array(n);
  const all: Float32Array[] = [];
  labels.forEach(({ value }, c) => {
    const onGrid = classOnGrid(logits, c, labels.length, scan, own);
    for (let v = 0; v < n; v++)
      if (inside[v] === 1 && (onGrid[v] as number) > (best[v] as number)) {
        best[v] = onGrid[v] as number;
        values[v] = value;
      }
    if (keepAll) all.push(onGrid);
  });
  const volume = (voxels: Volume['voxels']): Volume => ({ geometry: own, voxels, slope: 1, intercept: 0 });
  if (!keepAll) return { labels: volume(values) };
  softmax(all, inside);
  return { labels: volume(values), probabilities: all.map(volume) };
}

function classOnGrid(logits: Float32Array, c: number, classes: number, scan: PreparedScan, own: Geometry): Float32Array {
  const one = new Float32Array(logits.length / classes);
  for (let v = 0; v < one.length; v++) one[v] = logits[v * classes + c] as number;
  const voxels = toFirstFastest(one, scan.dims, new Float32Array(one.length));
  const source: Volume = { geometry: scan.geometry, voxels, slope: 1, intercept: 0 };
  const kind = sharesVoxelCentres(scan.geometry, own) ? 'nearest' : 'linear';
  return Float32Array.from(resample(source, own, kind, 'replicate').voxels);
}

/** 1 for voxels of the scan that the network saw; what was cropped away as background stays background. */
function insideMask(scan: PreparedScan, own: Geometry): Uint8Array {
  const ones: Volume = { geometry: scan.geometry, voxels: new Uint8Array(voxelCount(scan.dims)).fill(1), slope: 1, intercept: 0 };
  return Uint8Array.from(resample(ones, own, 'nearest', { constant: 0 }).voxels);
}

/** Whether every voxel centre of the scan is one of the prepared grid, continued: then nothing needs interpolating. */
function sharesVoxelCentres(prepared: Geometry, own: Geometry): boolean {
  const at = (i: number, j: number, k: number): Triple => pointToIndex(prepared, indexToPoint(own, indexIJK(i, j, k)));
  const isWhole = (x: number): boolean => Math.abs(x - Math.round(x)) < 1e-3;
  const corner = at(0, 0, 0);
  const steps = [at(1, 0, 0), at(0, 1, 0), at(0, 0, 1)].map((end) => end.map((x, axis) => x - (corner[axis] ?? 0)));
  // One voxel on along any axis of the scan must be one voxel on along one axis of the prepared grid.
  return corner.every(isWhole) && steps.every((step) => step.every(isWhole) && step.reduce((sum, x) => sum + Math.abs(x), 0) < 1.001);
}

function softmax(classes: readonly Float32Array[], inside: Uint8Array): void {
  for (let v = 0; v < inside.length; v++) {
    if (inside[v] === 0) {
      classes.forEach((values, c) => (values[v] = c === 0 ? 1 : 0));
      continue;
    }
    const highest = Math.max(...classes.map((values) => values[v] as number));
    let sum = 0;
    for (const values of classes) sum += values[v] = Math.exp((values[v] as number) - highest);
    for (const values of classes) values[v] = (values[v] as number) / sum;
  }
}
