import { join } from 'node:path';
import { indexIJK, pointLPS, pointToIndex, resampleLabels, type PreparedScan, type Triple, type Volume } from '../../../imaging/index.ts';
import { inspectedError } from '../../../inference/inspect-error.ts';
import { reconstruct, type Reconstruction } from '../../../inference/reconstruct.ts';
import type { PretrainedRun } from '../../../learning/pretrained-run.ts';
import type { LayerDocument, Workspace } from '../../../workspace/index.ts';
import { inspectResult, type InspectRequest, type InspectResult, type InspectVolume } from '../../api/inspect.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { cached, writeRaw, type CacheKind } from './cache.ts';
import { comparedLayer, type ComparedLayer } from './compared-layer.ts';
import { findModel, stepOf } from './find-models.ts';
import { geometryDocument } from './geometry-document.ts';
import { checkOneChannel } from './one-channel.ts';
import { checkpointState, engineMemoryOf } from './engine-memory.ts';

const inspectKind: CacheKind<Omit<InspectResult, 'id'>> = { name: 'inspect', document: inspectResult.omit({ id: true }), maxBytes: 2e9 };

/** One masked view of a scan through a pre-trained network: what `tessera reconstruct` gives, kept for the next time. */
export const inspect: EngineHandler<'inspect'> = async (input, context) => {
  const { workspace } = context;
  const model = await findModel(workspace, input.model, 'pretrained');
  const step = stepOf(model, input.checkpoint);
  const { content } = await workspace.scan(input.scan);
  const layer = await comparedLayer(workspace, input.scan);
  const { view, maskRatio, seed } = input;
  const key = { inspect: 1, network: checkpointState(model.folder, step), content, view, maskRatio, seed, layer: layer?.state ?? null };
  const { id, document } = await cached(workspace, inspectKind, key, async (folder) => {
    await context.backend();
    await context.breathe();
    const memory = engineMemoryOf(workspace);
    return memory.withNetwork({ folder: model.folder, step }, (run) => {
      checkOneChannel(run, model.summary.name);
      return memory.withScan(workspace, input.scan, run.settings.preparation, (scan) =>
        inspectScan(scan, run, input, layer, folder, context),
      );
    });
  });
  return { id, ...document };
};

async function inspectScan(
  scan: PreparedScan,
  { parameters, settings }: PretrainedRun,
  { view, maskRatio, seed, scan: scanId }: InspectRequest,
  layer: ComparedLayer | undefined,
  folder: string,
  context: EngineContext,
): Promise<Omit<InspectResult, 'id'>> {
  // Methods without views of two scales have one kind of crop, at full detail.
  const kind = settings.method === 'gl-mae' ? view.kind : view.kind === 'local' ? 'crop' : view.kind;
  const result = await reconstruct(scan, parameters, settings, { view: kind, center: nearestVoxel(scan, view.centre), maskRatio, seed });
  await context.breathe();
  const volumes: Record<InspectVolume, Volume> = {
    input: result.input,
    masked: result.masked,
    reconstructed: result.reconstruction,
    error: result.error,
  };
  for (const [name, { voxels }] of Object.entries(volumes)) await writeRaw(join(folder, `${name}.raw`), [voxels]);
  const labels = layer === undefined ? undefined : await labelsOnView(context.workspace, scanId, layer, result);
  return {
    geometry: geometryDocument(result.input.geometry),
    range: rangeOf([result.input, result.reconstruction]),
    maskedFraction: result.numbers.masked / result.numbers.patches,
    error: errorDocument(result, labels, layer?.document),
    volumes: ['input', 'masked', 'reconstructed', 'error'],
    ...(result.note === undefined ? {} : { note: result.note }),
  };
}

/** The voxel of the prepared scan (its axes run Right, Anterior, Superior) nearest to a place. */
function nearestVoxel({ geometry }: PreparedScan, [x, y, z]: Triple): Triple {
  const [i, j, k] = pointToIndex(geometry, pointLPS(x, y, z));
  return indexIJK(Math.round(i), Math.round(j), Math.round(k));
}

async function labelsOnView(
  workspace: Workspace,
  scan: string,
  { document, state }: ComparedLayer,
  { input }: Reconstruction,
): Promise<Volume> {
  const { geometry } = await workspace.scan(scan);
  return engineMemoryOf(workspace).withLabels(workspace, document, state, (voxels) =>
    Promise.resolve(resampleLabels({ geometry, voxels, slope: 1, intercept: 0 }, input.geometry)),
  );
}

function errorDocument(result: Reconstruction, labels: Volume | undefined, layer: LayerDocument | undefined): InspectResult['error'] {
  const { perSegment, ...error } = inspectedError(result, labels);
  const nameOf = (value: number): string => layer?.labels.find((label) => label.value === value)?.name ?? `label ${value}`;
  return perSegment === undefined ? error : { ...error, perSegment: perSegment.map((one) => ({ ...one, name: nameOf(one.value) })) };
}

function rangeOf(volumes: readonly Volume[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { voxels } of volumes)
    for (const value of voxels) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return [low, high];
}
