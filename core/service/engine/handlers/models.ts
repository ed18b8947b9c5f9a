import type { EngineHandler } from '../context.ts';
import { findModels } from './find-models.ts';

/** The newest first. */
export const models: EngineHandler<'models'> = async (_, { workspace }) => (await findModels(workspace)).map(({ summary }) => summary);
