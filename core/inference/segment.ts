import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import { gridDifference, prepareScan, readScan, type Finding, type Geometry, type PreparedScan, type Volume } from '../imaging/index.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { decisionOf } from './decision.ts';
import { OwnGrid } from './own-grid.ts';
import { ProbabilityMaps } from './probability-maps.ts';
import { SlabSampler } from './slab-sampler.ts';
import { windowSlabs, type WindowOptions } from './sliding-window.ts';
import { networkOfModel } from './window-network.ts';

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
}

/** 16 bits hold an entropy to 1e-5 in half the memory. */
const ENTROPY_STEPS = 65535;

/**
 * Segments one scan and returns labels on its own grid: logits are brought there by linear interpolation, then decided (method 9.2).
 * Logits are in memory for some rows of the prepared scan at a time, unless probabilities are asked for.
 * @param paths one file a channel
 */
export async function segmentScan(paths: readonly string[], model: SavedModel, options: SegmentOptions, task: Task): Promise<Segmentation> {
  const { scan, own, findings } = await preparedScan(paths, model, task);
  const decision = decisionOf(model.document);
  const { values } = decision;
  const grid = new OwnGrid(scan, own);
  const labels = values.some((value) => value > 255) ? new Uint16Array(grid.voxels) : new Uint8Array(grid.voxels);
  labels.fill(values[0] ?? 0);
  const entropy = options.entropy === true ? new Uint16Array(grid.voxels) : undefined;
  let probabilities: ProbabilityMaps | undefined;

  const keepsAll = options.probabilities === true;
  for await (const slab of windowSlabs(scan, networkOfModel(model), options, task, 'segment', keepsAll)) {
    const sampler = new SlabSampler(slab, scan.dims, decision);
    grid.eachSettled(slab, sampler, (at) => {
      labels[at] = values[sampler.classHere()] ?? 0;
      if (entropy !== undefined) entropy[at] = Math.round(ENTROPY_STEPS * decision.entropy(sampler.logitsHere()));
    });
    if (keepsAll) probabilities = new ProbabilityMaps(grid, sampler, decision);
  }
  return {
    labels: { geometry: own, voxels: labels, slope: 1, intercept: 0 },
    ...(entropy === undefined ? {} : { entropy: { geometry: own, voxels: entropy, slope: 1 / ENTROPY_STEPS, intercept: 0 } }),
    ...(probabilities === undefined ? {} : { probabilities }),
    findings,
  };
}

/** The scan as the network takes it, and the grid that it was stored on; the scan as it was read is not kept. */
async function preparedScan(
  paths: readonly string[],
  { document }: SavedModel,
  task: Task,
): Promise<{ scan: PreparedScan; own: Geometry; findings: Finding[] }> {
  const wanted = document.settings.channels;
  if (paths.length !== wanted)
    throw new TesseraError('bad-model', `takes ${wanted} channels, ${paths.length} were given.`, {
      subject: paths[0] ?? 'scan',
      advice: 'Give one file for each channel that the model was trained with.',
    });
  const channels: Volume[] = [];
  const findings: Finding[] = [];
  for (const path of paths) {
    const { volume } = await readScan(path, { signal: task.signal });
    const difference = channels[0] === undefined ? undefined : gridDifference(channels[0].geometry, volume.geometry);
    if (difference !== undefined)
      throw new TesseraError('grid-mismatch', `lies on another grid than the first channel (${difference}).`, { subject: path });
    findings.push(...nonFiniteVoxels(path, volume));
    channels.push(volume);
  }
  const own = channels[0]?.geometry;
  if (own === undefined) throw new TesseraError('usage', 'no scan was given.', {});
  return { scan: prepareScan(channels, document.preparation), own, findings };
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
