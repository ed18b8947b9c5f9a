import { note, type Finding } from '../finding.ts';
import type { VoxelArray } from '../volume.ts';
import type { DicomFrame } from './image.ts';

/**
 * Deals with stored values that mean "outside of the picture" (PixelPaddingValue). Below all others, as in CT, they stay. Above all others
 * they would count as the densest tissue, so they become the smallest value. In between they cannot be told from tissue and stay.
 */
export function settlePadding(voxels: VoxelArray, slices: readonly DicomFrame[]): Finding[] {
  const range = slices[0]?.image.pixels.padding;
  if (range === undefined || slices.some(({ image }) => image.pixels.padding?.join() !== range.join())) return [];
  const [from, to] = range;
  let count = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] as number;
    if (value >= from && value <= to) {
      count++;
      continue;
    }
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  if (count === 0 || count === voxels.length) return [];
  const words = `${count} voxels outside of the picture hold the padding value ${from === to ? from : `${from} to ${to}`}`;
  if (from <= highest) return [note('pixel-padding', `${words}.`)];
  for (let i = 0; i < voxels.length; i++) if ((voxels[i] as number) >= from) voxels[i] = lowest;
  return [note('pixel-padding', `${words}, above all others; they were set to the smallest value, ${lowest}.`)];
}
