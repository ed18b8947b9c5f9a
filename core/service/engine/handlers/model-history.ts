import { modelHistory as historyOf } from '../improving/improvements.ts';
import type { EngineHandler } from '../context.ts';

export const modelHistory: EngineHandler<'model-history'> = (_, { workspace }) => historyOf(workspace);
