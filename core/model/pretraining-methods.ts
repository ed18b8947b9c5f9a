import { GlMae } from './gl-mae.ts';
import { Mae } from './mae.ts';
import type { MethodSettings } from './method-settings.ts';
import type { PretrainingMethod } from './pretraining-method.ts';
import { SimMim } from './simmim.ts';

/** The method that the settings name; the caller disposes it. The settings must go together: `checkedSettings` of core/learning. */
export function pretrainingMethod(settings: MethodSettings): PretrainingMethod {
  switch (settings.method) {
    case 'gl-mae':
      return new GlMae(settings);
    case 'mae':
      return new Mae(settings);
    case 'simmim':
      return new SimMim(settings);
  }
}
