import {
  finetuneSettings,
  pretrainSettings,
  segResNetFinetuneSettings,
  type FinetuneSettings,
  type PretrainSettings,
} from '../../learning/index.ts';
import type { Arm, PretrainedArm } from './plan.ts';

/** The settings of every run of an experiment. */
export interface Recipe {
  pretraining(arm: PretrainedArm): PretrainSettings;
  finetuning(arm: Arm, labels: number): FinetuneSettings;
}

const encoder = { width: 192, depth: 6, heads: 3, patch: [8, 8, 8] };
const preparation = { spacing: null, intensity: { kind: 'zscore' }, foreground: false };
/** Crops of fine-tuning, and of MAE. */
const crop = [32, 48, 32];

/** Every pre-training sees the same scans as often. Global views take nearly the whole scan, which its publisher cut tight already. */
const pretraining = {
  encoder,
  preparation,
  decoder: { width: 192, depth: 1, heads: 4 },
  head: { hidden: 256, out: 128 },
  globalSize: [40, 56, 40],
  localSize: [24, 32, 24],
  positionGrid: [40, 56, 40],
  globalScale: [0.85, 1],
  globals: 1,
  locals: 1,
  batch: 8,
  learningRate: 1.5e-3,
  epochs: 40,
  keepEvery: 0,
};

const differing: Readonly<Record<PretrainedArm, Readonly<Record<string, unknown>>>> = {
  mae: { method: 'mae', cropSize: crop, crops: 2 },
  'gl-mae-without-consistency': { beta: 0 },
  'gl-mae': { consistencyOf: 'patches', antiCollapse: 'standardise' },
  'gl-mae-as-published': { consistencyOf: 'class', antiCollapse: 'none' },
  'gl-mae-centre': { consistencyOf: 'class', antiCollapse: 'centre' },
  'gl-mae-sinkhorn': { consistencyOf: 'class', antiCollapse: 'sinkhorn' },
  'gl-mae-class': { consistencyOf: 'class', antiCollapse: 'standardise' },
  'gl-mae-class-decorrelated': { consistencyOf: 'class', antiCollapse: 'standardise', decorrelation: 1 },
  'gl-mae-patches-decorrelated': { consistencyOf: 'patches', antiCollapse: 'standardise', decorrelation: 1 },
};

const BATCH = 2;

/** Steps of fine-tuning, of two crops each, and how often validation is looked at: more labels bear more. */
function lengthFor(labels: number): { readonly steps: number; readonly validations: number; readonly emaDecay: number } {
  if (labels <= 10) return { steps: 300, validations: 6, emaDecay: 0.98 };
  if (labels <= 25) return { steps: 500, validations: 6, emaDecay: 0.98 };
  return { steps: 1400, validations: 10, emaDecay: 0.99 };
}

/** Small hippocampus crops on two processor cores: half a ViT-T with patches of 8 mm, for crops of 35 x 51 x 35 mm. */
export const hippocampusRecipe: Recipe = {
  pretraining(arm) {
    return pretrainSettings.parse({ ...pretraining, ...differing[arm] });
  },

  finetuning(arm, labels) {
    const { steps, validations, emaDecay } = lengthFor(labels);
    const epochs = Math.round(steps / Math.ceil(labels / BATCH));
    const validateEvery = Math.max(1, Math.round(epochs / validations));
    const common = { preparation, size: crop, batch: BATCH, crops: 1, flipChance: 0.5, epochs, validateEvery, emaDecay };
    if (arm === 'segresnet') return segResNetFinetuneSettings.parse({ ...common, filters: 16, learningRate: 2e-3 });
    const ofArm = arm === 'scratch' ? {} : { layerDecay: 0.9 };
    return finetuneSettings.parse({ ...encoder, ...common, ...ofArm, features: 8, learningRate: 1e-3 });
  },
};

/** A fifth of the work, to compare forms of the consistency term by their meters and probes: a smaller encoder, a quarter of the epochs. */
export const smallRecipe: Recipe = {
  pretraining(arm) {
    const settings = hippocampusRecipe.pretraining(arm);
    const small = { encoder: { ...settings.encoder, width: 96, depth: 4 }, decoder: { ...settings.decoder, width: 96 } };
    return { ...settings, ...small, epochs: settings.epochs / 4 };
  },

  finetuning(arm, labels) {
    const settings = hippocampusRecipe.finetuning(arm, labels);
    return settings.network === 'unetr' ? { ...settings, width: 96, depth: 4 } : settings;
  },
};
