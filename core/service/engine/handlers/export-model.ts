import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { exportSafetensors } from '../../../model/export-safetensors.ts';
import { openModelFile } from '../../../model/model-file.ts';
import type { EngineHandler } from '../context.ts';
import { cached, type CacheKind } from './cache.ts';
import { modelState } from './engine-memory.ts';
import { findModel } from './find-models.ts';
import { hashOf } from './model-card.ts';

const exportKind: CacheKind<{ bytes: number; sha256: string }> = {
  name: 'exported',
  document: z.object({ bytes: z.number(), sha256: z.string() }),
  maxBytes: 2e9,
};
const FILE = 'model.safetensors';

/** A model as one file, with what another workspace needs to know in its header: what `tessera export-model --format safetensors` writes. */
export const exportModel: EngineHandler<'export-model'> = async ({ model: id }, { workspace }) => {
  const { folder } = await findModel(workspace, id, 'segmentation');
  const { document, file } = await cached(workspace, exportKind, { exported: 1, model: modelState(folder) }, async (out) => {
    const model = await openModelFile(folder);
    try {
      await exportSafetensors(join(out, FILE), model);
    } finally {
      await model.close();
    }
    return { bytes: (await stat(join(out, FILE))).size, sha256: await hashOf(join(out, FILE)) };
  });
  return { ...document, file: file(FILE) };
};
