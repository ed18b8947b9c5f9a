import { z } from 'zod';
import { percentiles } from './percentile.ts';

const ordered = { error: 'low must be below high', path: ['high'] };

const windowSettings = z
  .object({
    kind: z.literal('window'),
    low: z.number().meta({ description: 'Physical value (HU for CT) that becomes 0; lower values too.' }),
    high: z.number().meta({ description: 'Physical value (HU for CT) that becomes 1; higher values too.' }),
  })
  .refine((s) => s.low < s.high, ordered)
  .meta({ title: 'Window', description: 'Fixed window mapped to 0..1, for CT.' });

const zscoreSettings = z
  .object({ kind: z.literal('zscore') })
  .meta({ title: 'Z-score', description: 'Mean 0 and standard deviation 1 over the voxels that are not 0, which stay 0; for MR.' });

const percentileSettings = z
  .object({
    kind: z.literal('percentile'),
    low: z.number().min(0).max(100).default(0.5).meta({ description: 'Percentile of the image that becomes 0.', unit: '%' }),
    high: z.number().min(0).max(100).default(99.5).meta({ description: 'Percentile of the image that becomes 1.', unit: '%' }),
  })
  .refine((s) => s.low < s.high, ordered)
  .meta({
    title: 'Percentiles',
    description:
      'From one percentile of the image to another, mapped to 0..1; for scans without a fixed unit. 0 and 100: minimum and maximum.',
  });

/** How physical values become network input. */
export const intensitySettings = z
  .discriminatedUnion('kind', [windowSettings, zscoreSettings, percentileSettings])
  .meta({ title: 'Intensity', description: 'How the values of a scan become the numbers that a network sees.' });

export type IntensitySettings = z.infer<typeof intensitySettings>;

/**
 * Physical values as network input, in the same order. The values must be finite (`physicalValues`).
 * @param out takes the result; it may be `values`. A new array unless given
 */
export function normaliseIntensity(
  values: Float32Array,
  settings: IntensitySettings,
  out: Float32Array = new Float32Array(values.length),
): Float32Array {
  switch (settings.kind) {
    case 'window':
      return windowed(values, settings.low, settings.high, out);
    case 'zscore':
      return zscore(values, out);
    case 'percentile': {
      const [low, high] = percentiles(values, [settings.low, settings.high]);
      return windowed(values, low ?? 0, high ?? 0, out);
    }
  }
}

/** (x − low) / (high − low), cut to [0, 1] (method 9.3); all 0 when the two are equal. */
export function windowed(
  values: Float32Array,
  low: number,
  high: number,
  out: Float32Array = new Float32Array(values.length),
): Float32Array {
  if (!(high > low)) return out.fill(0);
  const factor = 1 / (high - low);
  for (let i = 0; i < out.length; i++) {
    const y = ((values[i] as number) - low) * factor;
    out[i] = y < 0 ? 0 : y > 1 ? 1 : y;
  }
  return out;
}

/** Over the voxels that are not 0: minus their mean, by their population standard deviation (1 where that is 0). Zeros stay 0 (method 9.3). */
export function zscore(values: Float32Array, out: Float32Array = new Float32Array(values.length)): Float32Array {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    if (value !== 0) count++;
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value !== 0) squares += (value - mean) ** 2;
  }
  const deviation = Math.sqrt(squares / Math.max(1, count)) || 1;
  for (let i = 0; i < out.length; i++) {
    const value = values[i] as number;
    out[i] = value === 0 ? 0 : (value - mean) / deviation;
  }
  return out;
}
