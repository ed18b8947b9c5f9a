import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isTesseraError, type ErrorCode } from '../../../base/errors.ts';
import type { Progress, Task } from '../../../base/task.ts';
import { describeValues } from '../../../imaging/segmentations/index.ts';
import { prepareToSegment, segmentPrepared, type ScanToSegment, type Segmentation } from '../../../inference/segment.ts';
import type { SavedModel } from '../../../model/saved-model.ts';
import { layerLabel, newId, type LayerDocument, type ScanDocument } from '../../../workspace/index.ts';
import type { ImportProblem, JobResult } from '../../api/jobs.ts';
import { layerSummary } from '../../library/summaries.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { toWire } from '../wire-error.ts';
import { writeRaw } from './cache.ts';
import { engineMemoryOf } from './engine-memory.ts';
import { findModel, type FoundModel } from './find-models.ts';
import { GrowingFile } from './growing-file.ts';

/** Draws a proposal layer on each scan, and shows it while it grows. One scan that fails does not cost the others. */
export const segment: EngineHandler<'segment'> = async ({ model: id, scans, entropy }, context) => {
  const { workspace, breathe } = context;
  const found = await findModel(workspace, id, 'segmentation');
  await context.backend();
  const layers: NonNullable<JobResult['layers']> = [];
  const problems: ImportProblem[] = [];
  await engineMemoryOf(workspace).withModel(found.folder, async (model) => {
    for (const [index, scan] of scans.entries()) {
      await breathe();
      try {
        const layer = await segmentOne(await workspace.scan(scan), model, found, entropy, partOf(context, index, scans.length));
        layers.push({ scan, layer });
      } catch (error) {
        if (scans.length === 1 || !isTesseraError(error) || !aboutOneScan.has(error.code)) throw error;
        problems.push({ name: scan, error: toWire(error) });
      }
    }
  });
  return { layers, ...(problems.length === 0 ? {} : { problems }) };
};

const aboutOneScan: ReadonlySet<ErrorCode> = new Set([
  'not-found',
  'bad-file',
  'unsupported-file',
  'bad-geometry',
  'grid-mismatch',
  'bad-model',
]);

async function segmentOne(
  scan: ScanDocument,
  model: SavedModel,
  found: FoundModel,
  entropy: boolean,
  context: EngineContext,
): Promise<string> {
  const { workspace, task, breathe } = context;
  const layer = proposal(scan, model, found);
  const file = new GrowingFile(join(workspace.cachePath, 'growing'), layer.id, scan.geometry.dims);
  try {
    const result = await segmentPrepared(
      await preparedScan(scan.id, model, context),
      model,
      {
        entropy,
        breathe,
        grown: async (labels, { start, size }) => {
          await file.write(labels, { start, size });
          const end = [start[0] + size[0], start[1] + size[1], start[2] + size[2]] as const;
          const summary = layerSummary(layer, Date.now(), false);
          context.emit({ kind: 'layer-grown', scan: scan.id, layer: summary, box: [...start, ...end], file: `cache/growing/${file.name}` });
        },
      },
      task,
    );
    await store(layer, result, context);
  } finally {
    await file.close();
    await rm(file.path, { force: true });
  }
  return layer.id;
}

/** The scan as it was read is not kept while it is segmented. */
async function preparedScan(id: string, model: SavedModel, { workspace }: EngineContext): Promise<ScanToSegment> {
  return prepareToSegment([{ name: id, volume: await workspace.readScan(id) }], model);
}

/** The layer as it will be when it is stored. */
function proposal(scan: ScanDocument, { document }: SavedModel, { summary }: FoundModel): LayerDocument {
  const segments = document.labels.filter(({ value }) => value !== 0);
  const names = Object.fromEntries(segments.map(({ value, name }) => [value, name]));
  const { dims } = scan.geometry;
  return {
    id: newId(),
    scan: scan.id,
    name: summary.name,
    created: new Date().toISOString(),
    author: '',
    kind: 'proposal',
    type: segments.some(({ value }) => value > 255) ? 'uint16' : 'uint8',
    dims: [dims[0], dims[1], dims[2]],
    model: summary.id,
    labels: describeValues(
      segments.map(({ value }) => value),
      names,
    ).map((segment) => layerLabel(segment.value, segment)),
  };
}

/** The uncertainty first: a layer says that its scan is done. */
async function store({ id, scan, name, labels, model }: LayerDocument, result: Segmentation, context: EngineContext): Promise<void> {
  const { workspace } = context;
  if (result.entropy !== undefined) {
    const folder = workspace.itemPath('predictions', id);
    await mkdir(folder, { recursive: true });
    const { voxels, slope } = result.entropy;
    await writeRaw(join(folder, 'entropy.raw'), [Uint8Array.from(voxels, (value) => Math.round(255 * value * slope))]);
  }
  const initial = result.labels.voxels;
  await workspace.createLayer(scan, { id, name, kind: 'proposal', labels, initial, ...(model === undefined ? {} : { model }) });
  context.emit({ kind: 'layer-stored', scan, layer: id });
}

/** The context of one scan of many: its progress is a part of the whole. */
function partOf(context: EngineContext, index: number, scans: number): EngineContext {
  const { task } = context;
  const progress = ({ stage, done, total }: Progress): void =>
    task.progress({ stage, done: index + done / Math.max(1, total), total: scans });
  const part: Task = { signal: task.signal, progress };
  return { ...context, task: part };
}
