import {
  normaliseIntensity,
  percentiles,
  physicalValues,
  type Geometry,
  type IntensitySettings,
  type Volume,
} from '../../imaging/index.ts';

/** The values of a scan as a network sees them, in two bytes a voxel. */
export interface SeenValues {
  readonly geometry: Geometry;
  /** i fastest. */
  readonly levels: Uint16Array;
  /** One level in units of the spread of the values between both ends: differences of 1 are as large as those between tissues. */
  readonly unit: number;
}

const LEVELS = 65535;
/** Percentiles beyond which values are cut: a few bright voxels must not make all others alike. */
const ENDS = [0.1, 99.9] as const;

export function seenValues(volume: Volume, intensity: IntensitySettings): SeenValues {
  const values = normaliseIntensity(physicalValues(volume).values, intensity);
  const [low = 0, high = 0] = percentiles(values, ENDS);
  const levels = new Uint16Array(values.length);
  const factor = high > low ? LEVELS / (high - low) : 0;
  let [count, sum, squares] = [0, 0, 0];
  for (let v = 0; v < levels.length; v++) {
    const level = Math.round(((values[v] as number) - low) * factor);
    levels[v] = level < 0 ? 0 : level > LEVELS ? LEVELS : level;
    if (level <= 0 || level >= LEVELS) continue;
    count++;
    sum += level;
    squares += level * level;
  }
  const mean = sum / Math.max(1, count);
  const spread = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
  return { geometry: volume.geometry, levels, unit: spread > 0 ? 1 / spread : 0 };
}
