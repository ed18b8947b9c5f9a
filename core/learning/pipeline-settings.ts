import * as z from 'zod';

/** How scans get from their files into a step, and how often it is probed. No choice changes what is learned, but `skipDamaged` where a file is damaged. */
export const pipelineSettings = z.object({
  cacheBytes: z
    .number()
    .min(0)
    .default(50e9)
    .meta({ description: 'Most that prepared scans may take in the cache folder of the run; 0 for no cache.', unit: 'bytes' }),
  prefetch: z.number().int().min(0).max(16).default(2).meta({ description: 'Steps whose views are cut ahead; 0: in the training thread.' }),
  viewWorkers: z.number().int().min(1).max(32).default(1).meta({ description: 'Threads that read scans and cut views.' }),
  skipDamaged: z
    .boolean()
    .default(false)
    .meta({ description: 'Pass over a scan that cannot be read, with a line in the log, instead of stopping.' }),
  probeEvery: z
    .number()
    .int()
    .min(1)
    .default(10)
    .meta({ description: 'Epochs between probes of the encoder, where labelled scans for them are given (--probe-data).' }),
});
