import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import {
  gridDifference,
  prepareScan,
  readScan,
  type RepairName,
  type Box,
  type Finding,
  type Geometry,
  type PreparedScan,
  type Volume,
} from '../imaging/index.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { decisionOf } from './decision.ts';
import { Growth, type Grown } from './growth.ts';
import { OwnGrid } from './own-grid.ts';
import { ProbabilityMaps } from './probability-maps.ts';
import { SlabSampler } from './slab-sampler.ts';
import { windowSlabs, type WindowOptions } from './sliding-window.ts';
import { networkOfModel } from './window-network.ts';
import type { WindowSum } from './window-sum.ts';

export interface Segmentation {
  /** Label values (not class indices) on the scan's own grid. */
  readonly labels: Volume & { readonly voxels: Uint8Array | Uint16Array };
  /** Normalised entropy of the probabilities, 0 to 1, on the same grid, where it was asked for. */
  readonly entropy?: Volume;
  /** Where they were asked for. */
  readonly probabilities?: ProbabilityMaps;
  /** What was odd about the scan and dealt with. */
  readonly findings: readonly Finding[];
}

export interface SegmentOptions extends WindowOptions {
  readonly probabilities?: boolean;
  readonly entropy?: boolean;
  /** What to mend in the scan, where its findings offer it: the labels then lie on the mended grid. */
  readonly repairs?: readonly RepairName[];
  /** Told of the labels so far, about once a second: they are a guess where more windows come. */
  readonly grown?: Grown;
  /** Awaited after each window. */
  readonly breathe?: () => Promise<void>;
}

/** 16 bits hold an entropy to 1e-5 in half the memory. */
const ENTROPY_STEPS = 65535;

/**
 * Segments one scan and returns labels on its own grid: logits are brought there by linear interpolation, then decided (method 9.2).
 * Logits are in memory for some rows of the prepared scan at a time, unless probabilities are asked for.
 * @param paths one file a channel
 */
export async function segmentScan(paths: readonly string[], model: SavedModel, options: SegmentOptions, task: Task): Promise<Segmentation> {
  return segmentPrepared(await preparedScan(paths, model, options.repairs ?? [], task), model, options, task);
}

/** A scan as the network takes it, and the grid that it was stored on. */
export interface ScanToSegment {
  readonly scan: PreparedScan;
  readonly own: Geometry;
  readonly findings: readonly Finding[];
}

/** A channel of a scan, under the name that errors call it by. */
export interface ScanChannel {
  readonly name: string;
  readonly volume: Volume;
}

/** As {@link segmentScan}, of a scan that was prepared for the model. @throws TesseraError `not-finite`, `cancelled` */
export async function segmentPrepared(
  { scan, own, findings }: ScanToSegment,
  model: SavedModel,
  options: SegmentOptions,
  task: Task,
): Promise<Segmentation> {
  const decision = decisionOf(model.document);
  const { values } = decision;
  const grid = new OwnGrid(scan, own);
  const labels = emptyLabels(values, grid.voxels);
  const entropy = options.entropy === true ? new Uint16Array(grid.voxels) : undefined;
  const { grown, breathe } = options;
  const growth = grown === undefined ? undefined : new Growth(grid, decision, emptyLabels(values, grid.voxels), grown);
  const afterWindow = async (sum: WindowSum, box: Box): Promise<void> => {
    await growth?.afterWindow(sum, box);
    await breathe?.();
  };
  let probabilities: ProbabilityMaps | undefined;

  const keepsAll = options.probabilities === true;
  for await (const slab of windowSlabs(scan, networkOfModel(model), options, task, 'segment', keepsAll, afterWindow)) {
    const sampler = new SlabSampler(slab, scan.dims, decision);
    grid.eachSettled(slab, sampler, (at) => {
      const value = values[sampler.classHere()] ?? 0;
      labels[at] = value;
      growth?.settle(at, value);
      if (entropy !== undefined) entropy[at] = Math.round(ENTROPY_STEPS * decision.entropy(sampler.logitsHere()));
    });
    await growth?.afterSlab({ start: [slab.first, 0, 0], size: [slab.rows, scan.dims[1], scan.dims[2]] });
    if (keepsAll) probabilities = new ProbabilityMaps(grid, sampler, decision);
  }
  return {
    labels: { geometry: own, voxels: labels, slope: 1, intercept: 0 },
    ...(entropy === undefined ? {} : { entropy: { geometry: own, voxels: entropy, slope: 1 / ENTROPY_STEPS, intercept: 0 } }),
    ...(probabilities === undefined ? {} : { probabilities }),
    findings,
  };
}

function emptyLabels(values: readonly number[], voxels: number): Uint8Array | Uint16Array {
  const labels = values.some((value) => value > 255) ? new Uint16Array(voxels) : new Uint8Array(voxels);
  return labels.fill(values[0] ?? 0);
}

/** The scan as it was read is not kept. */
async function preparedScan(
  paths: readonly string[],
  model: SavedModel,
  repairs: readonly RepairName[],
  task: Task,
): Promise<ScanToSegment> {
  checkChannels(paths, model);
  const channels: ScanChannel[] = [];
  const before: Finding[] = [];
  for (const path of paths) {
    const { volume, findings } = await readScan(path, { signal: task.signal, repairs });
    channels.push({ name: path, volume });
    before.push(...findings.filter(({ code, repair }) => repair !== undefined || code.startsWith('repaired-')));
  }
  const prepared = prepareToSegment(channels, model);
  return { ...prepared, findings: [...before, ...prepared.findings] };
}

/** @throws TesseraError `bad-model` for another number of channels than the model's, `grid-mismatch`, `bad-file` */
export function prepareToSegment(channels: readonly ScanChannel[], model: SavedModel): ScanToSegment {
  checkChannels(
    channels.map(({ name }) => name),
    model,
  );
  const [first] = channels;
  if (first === undefined) throw new TesseraError('usage', 'no scan was given.', {});
  const findings: Finding[] = [];
  for (const { name, volume } of channels) {
    const difference = gridDifference(first.volume.geometry, volume.geometry);
    if (difference !== undefined)
      throw new TesseraError('grid-mismatch', `lies on another grid than the first channel (${difference}).`, { subject: name });
    findings.push(...nonFiniteVoxels(name, volume));
  }
  const volumes = channels.map(({ volume }) => volume);
  return { scan: prepareScan(volumes, model.document.preparation), own: first.volume.geometry, findings };
}

function checkChannels(names: readonly string[], { document }: SavedModel): void {
  const wanted = document.settings.channels;
  if (names.length === wanted) return;
  throw new TesseraError('bad-model', `takes ${wanted} channels, ${names.length} were given.`, {
    subject: names[0] ?? 'scan',
    advice: 'Give one file for each channel that the model was trained with.',
  });
}

/**
 * NaN and infinities are taken as 0 wherever a scan is read for a network (`physicalValues`), in training too: said, not hidden.
 * @throws TesseraError `bad-file` when no voxel is a number
 */
function nonFiniteVoxels(path: string, { voxels, slope, intercept }: Volume): Finding[] {
  let count = 0;
  for (let v = 0; v < voxels.length; v++) if (!Number.isFinite((voxels[v] as number) * slope + intercept)) count++;
  if (count === 0) return [];
  if (count === voxels.length)
    throw new TesseraError('bad-file', 'has no voxel that is a finite number.', { subject: path, advice: 'Write the scan again.' });
  const message = `${path}: ${count} of ${voxels.length} voxels are NaN or infinite; they were taken as 0.`;
  return [{ code: 'non-finite-voxels', severity: 'warning', message }];
}
