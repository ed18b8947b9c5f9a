import type { Box } from '../imaging/box.ts';
import { eachRow } from './label-box.ts';
import type { Grid, ScanValues } from './rules.ts';

/**
 * The scan in a box in 256 levels from its 0.5th to its 99.5th percentile, as steps between tissues are compared and not values: one bright
 * voxel (metal, a vessel) does not take the levels away from the rest.
 * @param box may reach beyond the grid; there, and where the scan has no number, the level is 0
 */
export function scanLevels({ voxels }: ScanValues, { dims }: Grid, box: Box): Uint8Array<ArrayBuffer> {
  const levels = new Uint8Array(box.size[0] * box.size[1] * box.size[2]);
  let [low, high] = [Infinity, -Infinity];
  eachRow(dims, box, (inGrid, _, length) => {
    for (let v = inGrid; v < inGrid + length; v++) {
      const value = voxels[v] as number;
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  });
  if (!(low < high)) return levels;

  const perBin = (BINS - 1) / (high - low);
  const histogram = new Uint32Array(BINS);
  let count = 0;
  eachRow(dims, box, (inGrid, _, length) => {
    for (let v = inGrid; v < inGrid + length; v++) {
      const value = voxels[v] as number;
      if (!(value >= low && value <= high)) continue;
      const bin = Math.floor((value - low) * perBin);
      histogram[bin] = (histogram[bin] as number) + 1;
      count++;
    }
  });
  const bottom = low + binWith(histogram, count * 0.005) / perBin;
  const top = low + (binWith(histogram, count * 0.995) + 1) / perBin;
  const scale = 255 / (top - bottom);
  eachRow(dims, box, (inGrid, inBox, length) => {
    for (let n = 0; n < length; n++) {
      const level = ((voxels[inGrid + n] as number) - bottom) * scale;
      levels[inBox + n] = level > 0 ? (level < 255 ? level : 255) : 0;
    }
  });
  return levels;
}

const BINS = 65536;

/** The first bin up to which at least so many values lie. */
function binWith(histogram: Uint32Array, wanted: number): number {
  let bin = 0;
  for (let sum = histogram[0] as number; sum < wanted && bin < histogram.length - 1;) sum += histogram[++bin] as number;
  return bin;
}
