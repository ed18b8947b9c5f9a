import { percentiles, type Volume } from '../imaging/index.ts';
import type { Picture } from './picture.ts';
import { takeSlice, type Slice } from './slice.ts';
import type { Window } from './slice-picture.ts';

/** Pixels along the longer side of a thumbnail at most. */
export const THUMBNAIL_SIDE = 128;
/** Soft tissue: level 40, width 400 HU. */
const SOFT_TISSUE: Window = { low: -160, high: 240 };
/** CT is told by air of about −1000 HU among its values where no header tells it. */
const AIR = -900;

/**
 * The middle axial slice of a scan in radiological convention, pixels square, the mean over what each covers.
 * @param modality 'CT' for a soft-tissue window; others are shown from their 1st to their 99th percentile
 */
export function thumbnailPicture(volume: Volume, modality?: string): Picture {
  const slice = takeSlice(volume, 'axial');
  const { low, high } = windowOf(slice, modality);
  const [width, height] = sizeOf(slice);
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p += 4) {
      const mean = meanOf(slice, [x / width, (x + 1) / width], [y / height, (y + 1) / height]);
      const grey = Math.round((255 * (mean - low)) / (high - low));
      rgba[p] = rgba[p + 1] = rgba[p + 2] = grey;
      rgba[p + 3] = 255;
    }
  return { width, height, rgba };
}

function windowOf({ values }: Slice, modality: string | undefined): Window {
  const [low = 0, high = 0, darkest = 0] = percentiles(
    values.map((v) => (Number.isFinite(v) ? v : NaN)),
    [1, 99, 0.1],
  );
  const isCt = modality === undefined ? darkest < AIR : modality === 'CT';
  if (isCt) return SOFT_TISSUE;
  return high > low ? { low, high } : { low: low - 1, high: low + 1 };
}

/** Pixels as small as the larger spacing wants them, and no more than {@link THUMBNAIL_SIDE}. */
function sizeOf({ width, height, voxelMm: [mmX, mmY] }: Slice): [number, number] {
  const [across, down] = [width * mmX, height * mmY];
  const mm = Math.max(Math.min(mmX, mmY), across / THUMBNAIL_SIDE, down / THUMBNAIL_SIDE);
  const pixels = (length: number): number => Math.min(THUMBNAIL_SIDE, Math.max(1, Math.round(length / mm)));
  return [pixels(across), pixels(down)];
}

/** Mean of the finite voxels in a part of a slice, given in shares of it; at least the voxel in its middle counts. */
function meanOf({ values, width, height }: Slice, [x0, x1]: readonly [number, number], [y0, y1]: readonly [number, number]): number {
  const [left, right] = span(x0, x1, width);
  const [top, bottom] = span(y0, y1, height);
  let [sum, count] = [0, 0];
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const value = values[x + width * y] as number;
      if (!Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
  return count === 0 ? -Infinity : sum / count;
}

function span(from: number, to: number, n: number): [first: number, end: number] {
  const first = Math.min(n - 1, Math.floor(from * n + 1e-6));
  return [first, Math.max(first + 1, Math.min(n, Math.round(to * n)))];
}
