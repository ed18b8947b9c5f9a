import type { ValueWindow } from './contract.ts';
import type { VolumeImage } from './volume-image.ts';

/** A window one key away. */
export interface WindowPreset {
  /** Stable; the key of its name in the message catalogue (`window.ID`). */
  readonly id: string;
  readonly name: string;
  /** The key that takes it. */
  readonly key: '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
  /** Values for CT, in HU; shares of the scan's own values (percentiles) for everything else, whose scale means nothing. */
  readonly window: ValueWindow | { readonly low: number; readonly high: number };
}

/** Widths and centres in HU as the reading of CT is commonly taught. */
const ct: readonly WindowPreset[] = [
  { id: 'soft-tissue', name: 'Soft tissue', key: '1', window: { centre: 40, width: 400 } },
  { id: 'lung', name: 'Lung', key: '2', window: { centre: -600, width: 1500 } },
  { id: 'bone', name: 'Bone', key: '3', window: { centre: 400, width: 1800 } },
  { id: 'brain', name: 'Brain', key: '4', window: { centre: 40, width: 80 } },
  { id: 'liver', name: 'Liver', key: '5', window: { centre: 90, width: 150 } },
  { id: 'mediastinum', name: 'Mediastinum', key: '6', window: { centre: 50, width: 350 } },
  { id: 'angiography', name: 'Angiography', key: '7', window: { centre: 300, width: 600 } },
  { id: 'subdural', name: 'Subdural', key: '8', window: { centre: 75, width: 215 } },
  { id: 'ct-full', name: 'Whole range', key: '9', window: { low: 0, high: 100 } },
];

const others: readonly WindowPreset[] = [
  { id: 'standard', name: 'Standard', key: '1', window: { low: 1, high: 99 } },
  { id: 'bright', name: 'Brighter', key: '2', window: { low: 1, high: 90 } },
  { id: 'dark', name: 'Darker', key: '3', window: { low: 10, high: 99.9 } },
  { id: 'hard', name: 'More contrast', key: '4', window: { low: 20, high: 95 } },
  { id: 'soft', name: 'Less contrast', key: '5', window: { low: 0, high: 100 } },
  { id: 'lower-half', name: 'Lower half', key: '6', window: { low: 0, high: 50 } },
  { id: 'upper-half', name: 'Upper half', key: '7', window: { low: 50, high: 100 } },
  { id: 'robust', name: 'Without outliers', key: '8', window: { low: 0.1, high: 99.9 } },
  { id: 'full', name: 'Whole range', key: '9', window: { low: 0, high: 100 } },
];

/** The presets of a modality ('CT'; anything else or nothing is taken as MR). The first is the one to begin with. */
export function windowPresets(modality: string | undefined): readonly WindowPreset[] {
  return modality === 'CT' ? ct : others;
}

export function windowOfPreset(preset: WindowPreset, volume: VolumeImage): ValueWindow {
  return 'width' in preset.window ? preset.window : percentileWindow(volume, preset.window.low, preset.window.high);
}

/** About this many voxels tell the percentiles of a scan. */
const SAMPLES = 200_000;

/** The window between two percentiles, see {@link percentileValues}. */
export function percentileWindow(volume: VolumeImage, low: number, high: number): ValueWindow {
  const [from = 0, to = 0] = percentileValues(volume, [low, high]);
  return { centre: (from + to) / 2, width: Math.max(to - from, 1e-6) };
}

/**
 * Values at percentiles (0 to 100, rising) of the voxels that are there so far; a coarse level will do. Voxels equal to the smallest
 * stored value are left out: they are padding and air, and around a head would drown the rest.
 */
export function percentileValues(volume: VolumeImage, percentiles: readonly number[]): number[] {
  const { slope, intercept, range } = volume;
  const sorted = sortedSamples(volume);
  // With a negative slope the largest stored value is the smallest value.
  const share = (percent: number): number => (slope < 0 ? 100 - percent : percent) / 100;
  const stored = (percent: number): number =>
    sorted[Math.round(share(percent) * (sorted.length - 1))] ?? range[0] + share(percent) * (range[1] - range[0]);
  return percentiles.map((percent) => stored(percent) * slope + intercept);
}

function sortedSamples({ level, range }: VolumeImage): Float64Array {
  if (level === undefined) return new Float64Array();
  const { voxels } = level;
  // An odd stride visits all parts of a slice.
  const stride = Math.max(1, Math.floor(voxels.length / SAMPLES) | 1);
  const samples: number[] = [];
  for (let at = 0; at < voxels.length; at += stride) {
    const stored = voxels[at] as number;
    if (stored > range[0] && Number.isFinite(stored)) samples.push(stored);
  }
  return Float64Array.from(samples).sort();
}
