import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writePretrainedFile } from '../../../learning/pretrained-file.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import { exportSafetensors } from '../../../model/export-safetensors.ts';
import { openModelFile } from '../../../model/model-file.ts';
import type { EngineHandler } from '../context.ts';
import { cached, type CacheKind } from './cache.ts';
import { checkpointState, modelState } from './engine-memory.ts';
import { findModel, stepOf } from './find-models.ts';
import { hashOf } from './model-card.ts';

const exportKind: CacheKind<{ bytes: number; sha256: string }> = {
  name: 'exported',
  document: z.object({ bytes: z.number(), sha256: z.string() }),
  maxBytes: 2e9,
};
const FILE = 'model.safetensors';

/**
 * A model as one file, with what another workspace needs to know in its header: of one that segments what `tessera export-model --format
 * safetensors` writes, of a pre-trained one the weights of its newest checkpoint.
 */
export const exportModel: EngineHandler<'export-model'> = async ({ model: id, kind }, { workspace }) => {
  const found = await findModel(workspace, id, kind);
  const step = kind === 'pretrained' ? stepOf(found, undefined) : undefined;
  const state = step === undefined ? modelState(found.folder) : checkpointState(found.folder, step);
  const { document, file } = await cached(workspace, exportKind, { exported: 1, model: state }, async (out) => {
    const path = join(out, FILE);
    await (step === undefined ? writeModel(path, found.folder) : writePretrainedFile(path, await RunFolder.open(found.folder), step));
    return { bytes: (await stat(path)).size, sha256: await hashOf(path) };
  });
  return { ...document, file: file(FILE) };
};

async function writeModel(path: string, folder: string): Promise<void> {
  const model = await openModelFile(folder);
  try {
    await exportSafetensors(path, model);
  } finally {
    await model.close();
  }
}
