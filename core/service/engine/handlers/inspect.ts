import { join } from 'node:path';
import { resampleLabels, type Volume } from '../../../imaging/index.ts';
import { inspectedError } from '../../../inference/inspect-error.ts';
import { reconstructView, type Reconstruction } from '../../../inference/reconstruct.ts';
import type { LayerDocument, Workspace } from '../../../workspace/index.ts';
import { inspectResult, type InspectResult, type InspectVolume } from '../../api/inspect.ts';
import type { EngineHandler } from '../context.ts';
import { cached, writeRaw, type CacheKind } from './cache.ts';
import { comparedLayer, type ComparedLayer } from './compared-layer.ts';
import { checkpointState, engineMemoryOf } from './engine-memory.ts';
import { findModel, stepOf } from './find-models.ts';
import { geometryDocument } from './geometry-document.ts';
import { rangeOf, viewOf } from './inspect-view.ts';

const inspectKind: CacheKind<Omit<InspectResult, 'id'>> = { name: 'inspect', document: inspectResult.omit({ id: true }), maxBytes: 2e9 };

/** One masked view of a scan through a pre-trained network: what `tessera reconstruct` gives, kept for the next time. */
export const inspect: EngineHandler<'inspect'> = async (input, context) => {
  const { workspace } = context;
  const model = await findModel(workspace, input.model, 'pretrained');
  const step = stepOf(model, input.checkpoint);
  const { key: view, settings, withView } = await viewOf(input, model, context);
  const layer = await comparedLayer(workspace, input.scan);
  const key = { inspect: 2, network: checkpointState(model.folder, step), view, layer: layer?.state ?? null };
  const { id, document } = await cached(workspace, inspectKind, key, async (folder) => {
    await context.backend();
    await context.breathe();
    const result = await engineMemoryOf(workspace).withNetwork({ folder: model.folder, step }, ({ parameters }) =>
      withView((shown) => reconstructView(shown, parameters, settings)),
    );
    await context.breathe();
    await writeVolumes(folder, result);
    const labels = layer === undefined ? undefined : await labelsOnView(workspace, input.scan, layer, result);
    return resultDocument(result, labels, layer?.document);
  });
  return { id, ...document };
};

async function writeVolumes(folder: string, { input, masked, reconstruction, error }: Reconstruction): Promise<void> {
  const volumes: Record<InspectVolume, Volume> = { input, masked, reconstructed: reconstruction, error };
  for (const [name, { voxels }] of Object.entries(volumes)) await writeRaw(join(folder, `${name}.raw`), [voxels]);
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

function resultDocument(result: Reconstruction, labels: Volume | undefined, layer: LayerDocument | undefined): Omit<InspectResult, 'id'> {
  const { perSegment, ...error } = inspectedError(result, labels);
  const nameOf = (value: number): string => layer?.labels.find((label) => label.value === value)?.name ?? `label ${value}`;
  return {
    geometry: geometryDocument(result.input.geometry),
    range: rangeOf([result.input, result.reconstruction]),
    maskedFraction: result.numbers.masked / result.numbers.patches,
    error: perSegment === undefined ? error : { ...error, perSegment: perSegment.map((one) => ({ ...one, name: nameOf(one.value) })) },
    volumes: ['input', 'masked', 'reconstructed', 'error'],
    ...(result.note === undefined ? {} : { note: result.note }),
  };
}
