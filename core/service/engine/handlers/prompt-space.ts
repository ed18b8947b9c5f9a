import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { pointLPS, type IntensitySettings } from '../../../imaging/index.ts';
import { featureSpace, type FeatureSpace } from '../../../inference/prompts/feature-space.ts';
import { fineFeatures } from '../../../inference/prompts/fine-features.ts';
import { patchFeatures } from '../../../learning/patch-features.ts';
import type { Workspace } from '../../../workspace/index.ts';
import { promptSpaceDocument, type PromptSpaceInput } from '../../api/prompts.ts';
import type { EngineHandler } from '../context.ts';
import { cached, cacheId, knownEntry, writeRaw, type CacheKind } from './cache.ts';
import { checkpointState, engineMemoryOf } from './engine-memory.ts';
import { findModel, stepOf, type FoundModel } from './find-models.ts';
import { geometryDocument } from './geometry-document.ts';
import { checkOneChannel } from './one-channel.ts';

const FILE = 'codes.raw';
const spaceKind: CacheKind<z.infer<typeof promptSpaceDocument>> = { name: 'prompt-space', document: promptSpaceDocument, maxBytes: 2e9 };

/** What an encoder says of a scan, as prompts are answered with, and how the encoder saw its values. */
export interface KnownSpace {
  readonly space: FeatureSpace;
  readonly intensity: IntensitySettings;
}

/** Makes the features of a scan for prompts, once for a checkpoint. It alone needs a network; answering does not. */
export const promptFeatures: EngineHandler<'prompt-features'> = async (input, context) => {
  const { workspace, task, breathe } = context;
  const { model, step, key } = await placeOf(workspace, input);
  await cached(workspace, spaceKind, key, async (folder) => {
    await context.backend();
    await breathe();
    const memory = engineMemoryOf(workspace);
    return memory.withNetwork({ folder: model.folder, step }, (run) => {
      checkOneChannel(run, model.summary.name);
      const { parameters, settings } = run;
      return memory.withScan(workspace, input.scan, settings.preparation, async (scan) => {
        const encode = (patches: Float32Array, grid: readonly [number, number, number]): Promise<Float32Array> =>
          patchFeatures(patches, grid, parameters, settings);
        const { geometry, width, codes } = featureSpace(await fineFeatures(scan, settings, encode, task, breathe));
        await writeRaw(join(folder, FILE), [codes]);
        return { geometry: geometryDocument(geometry), width, intensity: settings.preparation.intensity };
      });
    });
  });
  return {};
};

/**
 * The features of a scan for prompts where they were made, and an id of them.
 * @throws TesseraError `not-found`
 */
export async function knownSpace(
  workspace: Workspace,
  input: PromptSpaceInput,
): Promise<{ readonly id: string; readonly load: () => Promise<KnownSpace> } | undefined> {
  const { key } = await placeOf(workspace, input);
  const entry = await knownEntry(workspace, spaceKind, key);
  if (entry === undefined) return undefined;
  const load = async (): Promise<KnownSpace> => {
    const bytes = await readFile(join(workspace.folder, entry.file(FILE)));
    const { geometry, width, intensity } = entry.document;
    const codes = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return { space: { geometry: { ...geometry, origin: pointLPS(...geometry.origin) }, width, codes }, intensity };
  };
  return { id: cacheId(key), load };
}

async function placeOf(
  workspace: Workspace,
  { model: id, checkpoint, scan }: PromptSpaceInput,
): Promise<{ readonly model: FoundModel; readonly step: number; readonly key: object }> {
  const model = await findModel(workspace, id, 'pretrained');
  const step = stepOf(model, checkpoint);
  const { content } = await workspace.scan(scan);
  return { model, step, key: { space: 1, network: checkpointState(model.folder, step), content } };
}
