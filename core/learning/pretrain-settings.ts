import * as z from 'zod';
import { preparationSettings } from '../imaging/index.ts';
import { glMaeSettings } from '../model/gl-mae.ts';

const share = z.number().positive().max(1);

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
export const pretrainSettings = glMaeSettings.extend({
  ...optimiserSettings.shape,
  preparation: preparationSettings.prefault({}),
  globals: z.number().int().min(1).max(8).default(1).meta({ description: 'Global views p of each scan in a step.' }),
  locals: z.number().int().min(1).max(16).default(4).meta({ description: 'Local views q of each scan in a step.' }),
  globalScale: z
    .tuple([share, share])
    .default([0.5, 1])
    .meta({ description: 'Size of a global view, as a share of the scan, from and to.' }),
  localScale: z
    .tuple([share, share])
    .default([0.25, 0.5])
    .meta({ description: 'Size of a local view, as a share of the scan, from and to.' }),
  batch: z.number().int().min(1).max(512).default(1).meta({ description: 'Scans in a step.' }),
  epochs: z.number().int().min(1).max(100000).default(400).meta({ description: 'Times that every scan is seen.' }),
  emaStart: z.number().min(0).max(1).default(0.996).meta({ description: 'EMA factor μ_0 of the teacher at the start; it rises to 1.' }),
  checkpointSeconds: z.number().positive().default(60).meta({ description: 'Longest time between checkpoints.', unit: 's' }),
});
export type PretrainSettings = z.infer<typeof pretrainSettings>;
