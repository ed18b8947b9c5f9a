import type { Volume } from './volume.ts';

/** Values in their physical unit (HU, or the scanner's own), i fastest. */
export interface PhysicalValues {
  readonly values: Float32Array;
  /** How many voxels were NaN or infinite and were replaced. */
  readonly replaced: number;
}

/**
 * The voxels of a volume as stored · slope + intercept, in a new Float32Array; NaN and infinities become `nonFinite`
 * (an own unit's 0 unless told: for CT pass −1000, air).
 */
export function physicalValues(volume: Volume, nonFinite = 0): PhysicalValues {
  const { voxels, slope, intercept } = volume;
  const values = new Float32Array(voxels.length);
  if (slope === 1 && intercept === 0) values.set(voxels);
  else for (let i = 0; i < values.length; i++) values[i] = (voxels[i] as number) * slope + intercept;

  // Integers times a finite slope may still overflow float32, so every kind is checked.
  let replaced = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    values[i] = nonFinite;
    replaced++;
  }
  return { values, replaced };
}
