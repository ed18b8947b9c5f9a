import { TesseraError } from '../../../base/errors.ts';
import type { EngineHandlers } from '../context.ts';

/** What the engine does for each request. Each loads its own code when it is first asked for, so that the light engine stays light. */
export const handlers: EngineHandlers = {
  'prepare-volume': () => notBuilt('prepare-volume'),
  thumbnail: () => notBuilt('thumbnail'),
  import: () => notBuilt('import'),
  'import-layer': () => notBuilt('import-layer'),
  'import-model': () => notBuilt('import-model'),
  'layer-statistics': () => notBuilt('layer-statistics'),
  models: () => notBuilt('models'),
  segment: () => notBuilt('segment'),
  inspect: () => notBuilt('inspect'),
  features: () => notBuilt('features'),
  similar: () => notBuilt('similar'),
  consistency: () => notBuilt('consistency'),
};

function notBuilt(name: string): Promise<never> {
  return Promise.reject(new TesseraError('runtime-missing', 'is not built yet.', { subject: name }));
}
