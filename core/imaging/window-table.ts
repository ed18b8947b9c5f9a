import { windowed } from './intensity.ts';
import { physicalValues } from './values.ts';
import type { Volume, VoxelArray } from './volume.ts';

/** What every number of a small integer type becomes in a window: reading that off is quicker than computing it for each voxel. */
export interface WindowTable {
  /** The value of stored number n is `values[n - lowest]`. */
  readonly values: Float32Array;
  readonly lowest: number;
  /** Stored numbers above it are above 0 in the window. */
  readonly threshold: number;
}

/** @returns undefined for types of more than 16 bits, and where values do not rise with the stored numbers */
export function windowTable(volume: Volume, low: number, high: number): WindowTable | undefined {
  const numbers = numbersOf(volume.voxels);
  if (numbers === undefined) return undefined;
  const { values } = physicalValues({ ...volume, voxels: numbers });
  windowed(values, low, high, values);
  for (let i = 1; i < values.length; i++) if ((values[i] as number) < (values[i - 1] as number)) return undefined;
  const lowest = numbers[0] as number;
  const first = values.findIndex((value) => value > 0);
  return { values, lowest, threshold: first < 0 ? Infinity : lowest + first - 1 };
}

/** All numbers of the type, rising. */
function numbersOf(voxels: VoxelArray): VoxelArray | undefined {
  if (voxels instanceof Uint8Array) return Uint8Array.from({ length: 256 }, (_, i) => i);
  if (voxels instanceof Int8Array) return Int8Array.from({ length: 256 }, (_, i) => i - 128);
  if (voxels instanceof Uint16Array) return Uint16Array.from({ length: 65536 }, (_, i) => i);
  if (voxels instanceof Int16Array) return Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
  return undefined;
}
