import * as z from 'zod';
import { triple } from '../model/vit.ts';
import { finetuneSettings } from './finetune-settings.ts';
import { optimiserSettings } from './pretrain-settings.ts';

const share = z.number().positive().max(1);
const { layerDecay, dropPath, freezeEncoder, batch, epochs, validationShare, validateEvery, checkpointSeconds } = finetuneSettings.shape;

/** Every setting of training a classifier; encoder and preparation are those of the pre-training. */
export const classifySettings = z.object({
  size: triple.nullable().default(null).meta({
    description: 'Size that a whole scan is resized to; null: that of the views of the pre-training, global ones where it has them.',
    unit: 'voxels',
  }),
  boxScale: z
    .tuple([share, share])
    .default([0.75, 1])
    .meta({ description: 'Size of the box that is shown in training, as a share of the scan along each axis, from and to.' }),
  ...optimiserSettings.shape,
  learningRate: optimiserSettings.shape.learningRate.default(3e-4),
  clip: optimiserSettings.shape.clip.default(1),
  warmupShare: optimiserSettings.shape.warmupShare.default(0.05),
  beta2: optimiserSettings.shape.beta2.default(0.999),
  layerDecay,
  dropPath: dropPath.default(0.1),
  freezeEncoder: freezeEncoder.default(false).meta({ description: 'Train the linear head only (linear probe).' }),
  batch: batch.default(4),
  epochs: epochs.default(100).meta({ description: 'Times that every scan with answers is seen.' }),
  validationShare: validationShare
    .default(0.2)
    .meta({ description: 'Share of these scans kept for choosing the best checkpoint; 0 keeps the last.' }),
  validateEvery: validateEvery.default(5),
  checkpointSeconds,
});
export type ClassifySettings = z.infer<typeof classifySettings>;
