import type { EngineHandler } from '../context.ts';
import { engineMemoryOf } from './engine-memory.ts';
import { findModel, stepOf } from './find-models.ts';

/** What the first look into a network costs besides the look. */
export const warmUp: EngineHandler<'warm-up'> = async ({ model: modelId, checkpoint }, { workspace, backend, breathe }) => {
  const model = await findModel(workspace, modelId, 'pretrained');
  await breathe();
  await backend();
  await engineMemoryOf(workspace).withNetwork({ folder: model.folder, step: stepOf(model, checkpoint) }, () => Promise.resolve());
  return {};
};
