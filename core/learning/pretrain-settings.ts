import * as z from 'zod';
import { preparationSettings } from '../imaging/index.ts';
import { methodSettings } from '../model/method-settings.ts';
import { pipelineSettings } from './pipeline-settings.ts';

export const optimiserSettings = z.object({
  learningRate: z.number().positive().max(1).default(1e-3).meta({ description: 'Highest learning rate.' }),
  warmupShare: z.number().min(0).max(0.9).default(0.1).meta({ description: 'Share of the steps in which the learning rate rises.' }),
  weightDecay: z.number().min(0).max(1).default(0.05).meta({ description: 'Decoupled weight decay (none on 1-D tensors).' }),
  beta1: z.number().min(0).max(0.9999).default(0.9).meta({ description: 'AdamW β1.' }),
  beta2: z.number().min(0).max(0.99999).default(0.95).meta({ description: 'AdamW β2.' }),
  adamEpsilon: z.number().positive().default(1e-8).meta({ description: 'AdamW ε.' }),
  clip: z.number().positive().default(3).meta({ description: 'Largest global norm of the gradient.' }),
});

/** Every setting of a pre-training run. */
export const pretrainSettings = methodSettings.extend({
  ...optimiserSettings.shape,
  preparation: preparationSettings.prefault({}),
  batch: z.number().int().min(1).max(512).default(1).meta({ description: 'Scans in a step.' }),
  epochs: z.number().int().min(1).max(100000).default(400).meta({ description: 'Times that every scan is seen.' }),
  emaStart: z.number().min(0).max(1).default(0.996).meta({ description: 'EMA factor μ_0 of the teacher at the start.' }),
  emaEnd: z.number().min(0).max(1).default(1).meta({ description: 'EMA factor at the end; equal to emaStart it is constant.' }),
  checkpointSeconds: z.number().positive().default(60).meta({ description: 'Longest time between checkpoints.', unit: 's' }),
  keepEvery: z.number().int().min(0).max(100000).nullable().default(null).meta({
    description:
      'Epochs from one snapshot of the encoder and decoder to the next, for looking back at the run; null: ten over the run, 0: none. Never more than fifty.',
  }),
  ...pipelineSettings.shape,
});
export type PretrainSettings = z.infer<typeof pretrainSettings>;
