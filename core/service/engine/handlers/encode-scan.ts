import { join } from 'node:path';
import * as z from 'zod';
import { readFile } from 'node:fs/promises';
import { scanFeatures, type ScanFeatures } from '../../../inference/scan-features.ts';
import { patchFeatures } from '../../../learning/patch-features.ts';
import { pointLPS } from '../../../imaging/index.ts';
import { geometry } from '../../api/common.ts';
import type { FeaturesRequest } from '../../api/inspect.ts';
import type { EngineContext } from '../context.ts';
import { cached, cacheId, writeRaw, type CacheEntry, type CacheKind } from './cache.ts';
import { engineMemoryOf, checkpointState } from './engine-memory.ts';
import { findModel, stepOf } from './find-models.ts';
import { geometryDocument } from './geometry-document.ts';
import { checkOneChannel } from './one-channel.ts';

const FILE = 'patches.raw';
const encoded = z.object({ geometry, width: z.number() });
type Encoded = z.infer<typeof encoded>;
const patchesKind: CacheKind<Encoded> = { name: 'patches', document: encoded, maxBytes: 2e9 };

/** Features of all patches of a scan, computed once for a checkpoint. @returns what they depend on, too */
export async function encodeScan(
  { model: modelId, checkpoint, scan: scanId }: FeaturesRequest,
  context: EngineContext,
): Promise<{ readonly key: string; readonly load: () => Promise<ScanFeatures> }> {
  const { workspace, task, breathe } = context;
  const model = await findModel(workspace, modelId, 'pretrained');
  const step = stepOf(model, checkpoint);
  const { content } = await workspace.scan(scanId);
  const key = { patches: 1, network: checkpointState(model.folder, step), content };
  const load = async (): Promise<ScanFeatures> => {
    const entry = await cached(workspace, patchesKind, key, async (folder) => {
      await context.backend();
      await breathe();
      const memory = engineMemoryOf(workspace);
      return memory.withNetwork({ folder: model.folder, step }, (run) => {
        checkOneChannel(run, model.summary.name);
        const { parameters, settings } = run;
        return memory.withScan(workspace, scanId, settings.preparation, async (scan): Promise<Encoded> => {
          const features = await scanFeatures(
            scan,
            settings,
            (patches, grid) => patchFeatures(patches, grid, parameters, settings),
            task,
            breathe,
          );
          await writeRaw(join(folder, FILE), [features.features]);
          return { geometry: geometryDocument(features.geometry), width: features.width };
        });
      });
    });
    return readFeatures(workspace.folder, entry);
  };
  return { key: cacheId(key), load };
}

async function readFeatures(folder: string, { document, file }: CacheEntry<Encoded>): Promise<ScanFeatures> {
  const bytes = await readFile(join(folder, file(FILE)));
  const { width, geometry: grid } = document;
  return {
    geometry: { ...grid, origin: pointLPS(...grid.origin) },
    width,
    features: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
  };
}
