import { join } from 'node:path';
import { indexIJK, pointLPS, pointToIndex, type PreparedScan, type Triple, type Volume } from '../../../imaging/index.ts';
import { maskedView, type MaskedView } from '../../../inference/masked-view.ts';
import { pretrainSettings, type PretrainSettings } from '../../../learning/pretrain-settings.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import { viewKinds } from '../../../model/view-kinds.ts';
import { inspectView as inspectViewResult, type InspectRequest, type InspectView } from '../../api/inspect.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { cached, cacheId, writeRaw, type CacheKind } from './cache.ts';
import { engineMemoryOf } from './engine-memory.ts';
import { findModel, type FoundModel } from './find-models.ts';
import { geometryDocument } from './geometry-document.ts';
import { checkOneChannel } from './one-channel.ts';

const viewKind: CacheKind<Omit<InspectView, 'id'>> = { name: 'views', document: inspectViewResult.omit({ id: true }), maxBytes: 1e9 };

/** What a network is given, before it is asked: no tensor runtime is started for it. */
export const inspectView: EngineHandler<'inspect-view'> = async (input, context) => {
  const { key, withView } = await viewOf(input, await findModel(context.workspace, input.model, 'pretrained'), context);
  const { id, document } = await cached(context.workspace, viewKind, key, (folder) =>
    withView(async ({ input: whole, masked, view }) => {
      await context.breathe();
      for (const [name, { voxels }] of [['input', whole] as const, ['masked', masked] as const])
        await writeRaw(join(folder, `${name}.raw`), [voxels]);
      return {
        geometry: geometryDocument(whole.geometry),
        range: rangeOf([whole, masked]),
        maskedFraction: (view.places.length - view.visible) / view.places.length,
        volumes: ['input', 'masked'],
      };
    }),
  );
  return { id, ...document };
};

/** The view that a request asks for, and what it depends on. It stays in memory for the network that is asked next. */
export async function viewOf(
  { scan: scanId, view, maskRatio, seed }: InspectRequest,
  { folder, summary }: FoundModel,
  { workspace }: EngineContext,
): Promise<{
  readonly key: object;
  readonly settings: PretrainSettings;
  readonly withView: <R>(use: (view: MaskedView) => Promise<R>) => Promise<R>;
}> {
  const settings = pretrainSettings.parse((await RunFolder.open(folder)).document.settings);
  checkOneChannel({ settings }, summary.name);
  const { content } = await workspace.scan(scanId);
  const taken = { kinds: viewKinds(settings), patch: settings.encoder.patch, preparation: settings.preparation };
  const key = { view: 1, ...taken, content, asked: view, maskRatio, seed };
  // Methods without views of two scales have one kind of crop, at full detail.
  const kind = settings.method === 'gl-mae' ? view.kind : view.kind === 'local' ? 'crop' : view.kind;
  const memory = engineMemoryOf(workspace);
  const make = (): Promise<MaskedView> =>
    memory.withScan(workspace, scanId, settings.preparation, (scan) =>
      Promise.resolve(maskedView(scan, settings, { view: kind, center: nearestVoxel(scan, view.centre), maskRatio, seed })),
    );
  return { key, settings, withView: (use) => memory.withView(cacheId(key), make, use) };
}

/** The voxel of the prepared scan (its axes run Right, Anterior, Superior) nearest to a place. */
function nearestVoxel({ geometry }: PreparedScan, [x, y, z]: Triple): Triple {
  const [i, j, k] = pointToIndex(geometry, pointLPS(x, y, z));
  return indexIJK(Math.round(i), Math.round(j), Math.round(k));
}

/** Smallest and largest value of some volumes. */
export function rangeOf(volumes: readonly Volume[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { voxels } of volumes)
    for (const value of voxels) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return [low, high];
}
