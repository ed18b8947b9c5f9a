import * as z from 'zod';
import { preparationSettings } from '../imaging/index.ts';
import { windowSettings } from '../inference/sliding-window.ts';
import { segResNetSettings } from '../model/segresnet.ts';
import { unetrSettings } from '../model/unetr.ts';
import { pipelineSettings } from './pipeline-settings.ts';
import { optimiserSettings } from './pretrain-settings.ts';

const chance = z.number().min(0).max(1);

/** Settings of fine-tuning that every network has. */
const commonSettings = z.object({
  ...optimiserSettings.shape,
  learningRate: optimiserSettings.shape.learningRate.default(3e-4),
  clip: optimiserSettings.shape.clip.default(1),
  warmupShare: optimiserSettings.shape.warmupShare.default(0.05),
  beta2: optimiserSettings.shape.beta2.default(0.999),
  emaDecay: z.number().min(0).max(0.99999).default(0).meta({
    description: 'Validate and save a moving average of the weights that keeps this share of itself in each step; 0: the weights.',
  }),
  preparation: preparationSettings.prefault({}),
  window: windowSettings.prefault({}),
  batch: z.number().int().min(1).max(64).default(1).meta({ description: 'Scans in a step.' }),
  crops: z.number().int().min(1).max(16).default(2).meta({ description: 'Crops of each scan in a step.' }),
  positiveShare: chance.default(0.5).meta({ description: 'Share of crops centred on a labelled voxel.' }),
  flipChance: chance.default(0.2).meta({ description: 'Chance of a mirrored crop, for each axis.' }),
  rotateChance: chance.default(0).meta({ description: 'Chance of a crop turned by 90, 180 or 270° in the plane of the first two axes.' }),
  intensityChance: chance.default(1).meta({ description: 'Chance of values multiplied at random, and again of values shifted.' }),
  intensityScale: z.number().min(0).max(0.9).default(0.1).meta({ description: 'Crops are multiplied by 1 ± this at random.' }),
  intensityShift: z.number().min(0).max(2).default(0.1).meta({ description: 'Crops are shifted by ± this at random.' }),
  includeBackground: z.boolean().default(true).meta({ description: 'Background counts in the Dice part of the loss.' }),
  squaredDice: z.boolean().default(true).meta({ description: 'Squares in the denominator of the Dice part of the loss.' }),
  crossEntropyWeight: z.number().min(0).max(10).default(1).meta({ description: 'Weight of cross-entropy in the loss, beside 1 of Dice.' }),
  regions: z
    .record(z.string().min(1), z.array(z.number().int().min(1).max(255)).min(1))
    .refine((regions) => Object.keys(regions).length > 0, 'there must be one region or more')
    .nullable()
    .default(null)
    .meta({
      description:
        'Label values of each region, for outputs that may overlap: whole=1+2+3,core=2+3,enhancing=3; null: those of dataset.json, or none.',
    }),
  ignoreValue: z
    .number()
    .int()
    .min(1)
    .max(255)
    .nullable()
    .default(null)
    .meta({ description: 'Label value of voxels that nobody labelled: left out of loss, crop centres and validation.' }),
  epochs: z.number().int().min(1).max(100000).default(300).meta({ description: 'Times that every labelled scan is seen.' }),
  validationShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.2)
    .meta({ description: 'Share of the labelled scans kept for choosing the best checkpoint; 0 keeps the last.' }),
  validateEvery: z.number().int().min(1).default(10).meta({ description: 'Epochs between validations.' }),
  patience: z
    .number()
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'Validations without a better one before stopping early; 0 never stops.' }),
  checkpointSeconds: z.number().positive().default(60).meta({ description: 'Longest time between checkpoints.', unit: 's' }),
  cacheBytes: pipelineSettings.shape.cacheBytes,
});

/** Every setting of fine-tuning UNETR; the number of outputs comes from labels or regions. */
export const finetuneSettings = z.object({
  network: z.literal('unetr').default('unetr'),
  ...unetrSettings.omit({ classes: true }).shape,
  positions: z
    .enum(['learned', 'fixed'])
    .default('learned')
    .meta({ description: 'Whether the encoder’s positions are learned on from the sin-cos table, or stay it.' }),
  dropPath: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .meta({ description: 'Chance of the last encoder block to be left out for a crop (stochastic depth), rising from 0 at the first.' }),
  layerDecay: chance
    .default(0.75)
    .meta({ description: 'Factor on the learning rate from one encoder block to the one below; without pre-trained weights 1.' }),
  freezeEncoder: z.boolean().default(false).meta({ description: 'Train the decoder only (linear evaluation).' }),
  ...commonSettings.shape,
});

/** Every setting of training SegResNet, which always starts from scratch. */
export const segResNetFinetuneSettings = z.object({
  network: z.literal('segresnet').default('segresnet'),
  ...segResNetSettings.omit({ classes: true }).shape,
  ...commonSettings.shape,
});

/** The settings of each network that can be fine-tuned. */
export const finetuneSettingsOf = { unetr: finetuneSettings, segresnet: segResNetFinetuneSettings } as const;
export type FinetunedNetworkName = keyof typeof finetuneSettingsOf;
export type UnetrFinetuneSettings = z.infer<typeof finetuneSettings>;
export type SegResNetFinetuneSettings = z.infer<typeof segResNetFinetuneSettings>;
export type FinetuneSettings = UnetrFinetuneSettings | SegResNetFinetuneSettings;

/** Settings as a run keeps them; runs of before there was a choice have UNETR. */
export function parseFinetuneSettings(settings: Readonly<Record<string, unknown>>): FinetuneSettings {
  return settings['network'] === 'segresnet' ? segResNetFinetuneSettings.parse(settings) : finetuneSettings.parse(settings);
}
