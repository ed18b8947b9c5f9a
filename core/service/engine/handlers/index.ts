import type { EngineHandler, EngineHandlers } from '../context.ts';
import type { EngineRequestName } from '../../api/engine.ts';

/** What the engine does for each request. Each loads its own code when it is first asked for, so that the light engine stays light. */
export const handlers: EngineHandlers = {
  'prepare-volume': later(async () => (await import('./prepare-volume.ts')).prepareVolume),
  thumbnail: later(async () => (await import('./thumbnail.ts')).thumbnail),
  import: later(async () => (await import('./import.ts')).importScans),
  'import-layer': later(async () => (await import('./import-layer.ts')).importLayer),
  'import-model': later(async () => (await import('./import-model.ts')).importModel),
  'layer-statistics': later(async () => (await import('./layer-statistics.ts')).layerStatistics),
  agreement: later(async () => (await import('./agreement.ts')).agreement),
  consensus: later(async () => (await import('./consensus.ts')).consensus),
  'model-card': later(async () => (await import('./model-card.ts')).modelCard),
  'export-model': later(async () => (await import('./export-model.ts')).exportModel),
  models: later(async () => (await import('./models.ts')).models),
  segment: later(async () => (await import('./segment.ts')).segment),
  pretrain: later(async () => (await import('./pretrain.ts')).pretrain),
  preflight: later(async () => (await import('./preflight.ts')).preflight),
  'preflight-views': later(async () => (await import('./preflight-views.ts')).preflightViews),
  'training-settings': later(async () => (await import('./training-settings.ts')).trainingSettings),
  finetune: later(async () => (await import('./finetune.ts')).finetune),
  evaluate: later(async () => (await import('./evaluate.ts')).evaluate),
  rank: later(async () => (await import('./rank.ts')).rank),
  ranking: later(async () => (await import('./ranking.ts')).ranking),
  improve: later(async () => (await import('./improve.ts')).improve),
  'model-history': later(async () => (await import('./model-history.ts')).modelHistory),
  'warm-up': later(async () => (await import('./warm-up.ts')).warmUp),
  'inspect-view': later(async () => (await import('./inspect-view.ts')).inspectView),
  inspect: later(async () => (await import('./inspect.ts')).inspect),
  features: later(async () => (await import('./features.ts')).features),
  similar: later(async () => (await import('./similar.ts')).similar),
  consistency: later(async () => (await import('./consistency.ts')).consistency),
  'prompt-features': later(async () => (await import('./prompt-space.ts')).promptFeatures),
  prompts: later(async () => (await import('./prompts.ts')).prompts),
};

function later<N extends EngineRequestName>(load: () => Promise<EngineHandler<N>>): EngineHandler<N> {
  return async (input, context) => (await load())(input, context);
}
