import type { Random } from '../base/random.ts';
import { copyBox, cropOf } from '../imaging/crop-box.ts';
import type { Triple } from '../imaging/index.ts';
import { countCentres, drawCentre, type CentreCounts } from './crop-centres.ts';
import type { TrainingCase } from './scan-store.ts';

export interface CropSettings {
  readonly size: Triple;
  readonly positiveShare: number;
  readonly flipChance: number;
  readonly rotateChance: number;
  readonly intensityChance: number;
  readonly intensityScale: number;
  readonly intensityShift: number;
}

export interface Crop {
  /** (C, s0, s1, s2), last axis fastest; 0 outside the scan. */
  readonly image: Float32Array;
  /** Class index of each voxel; background outside the scan. */
  readonly labels: Int32Array;
}

/**
 * A random crop with its augmentations (method 9.3): centred on a random labelled or background voxel, moved to fit, mirrored along each
 * axis on its own coin, turned by quarters in the plane of the first two axes, values scaled and shifted.
 * @param centres where it may be centred; counted once for each case by whoever cuts many crops
 * @param ignored class index of voxels without a label
 */
export function randomCrop(
  source: TrainingCase,
  s: CropSettings,
  random: Random,
  ignored?: number,
  centres: CentreCounts = countCentres(source, ignored),
): Crop {
  const { scan } = source;
  const labels = source.labels ?? new Uint8Array(scan.dims[0] * scan.dims[1] * scan.dims[2]);
  const centre = drawCentre(source, centres, random.next() < s.positiveShare, random, ignored);
  const corner = scan.dims.map((n, axis) => fitted(centre[axis] ?? 0, s.size[axis] ?? n, n)) as unknown as Triple;
  const image = cropOf(scan, corner, s.size);
  const cropped = copyBox(labels, 1, scan.dims, corner, s.size, new Int32Array(s.size[0] * s.size[1] * s.size[2]));
  const flips = [0, 1, 2].map(() => random.next() < s.flipChance) as [boolean, boolean, boolean];
  // A chance of 0 or 1 needs no coin: settings that older runs did not have leave their numbers as they were.
  const happens = (chance: number): boolean => chance === 1 || (chance > 0 && random.next() < chance);
  const factor = happens(s.intensityChance) ? 1 + (2 * random.next() - 1) * s.intensityScale : 1;
  const shift = happens(s.intensityChance) ? (2 * random.next() - 1) * s.intensityShift : 0;
  const quarters = happens(s.rotateChance) ? quarterTurns(s.size, random) : 0;
  for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) * factor + shift;
  return {
    image: turned(mirrored(image, s.size, flips), s.size, quarters),
    labels: turned(mirrored(cropped, s.size, flips), s.size, quarters),
  };
}

/** 1, 2 or 3 quarters; a crop whose first two sides differ can only be turned by half. */
function quarterTurns(size: Triple, random: Random): number {
  return size[0] === size[1] ? random.integer(1, 3) : 2;
}

/** The corner of a box around `centre` that lies in the scan; a scan smaller than the box sits in its middle. */
function fitted(centre: number, size: number, n: number): number {
  if (size >= n) return -Math.floor((size - n) / 2);
  return Math.min(n - size, Math.max(0, centre - Math.floor(size / 2)));
}

/** Reversed along the axes that say so; the leading axis may hold channels. */
function mirrored<T extends Float32Array | Int32Array>(
  image: T,
  [s0, s1, s2]: Triple,
  [f0, f1, f2]: readonly [boolean, boolean, boolean],
): T {
  if (!f0 && !f1 && !f2) return image;
  const out = image.slice() as T;
  const volume = s0 * s1 * s2;
  for (let base = 0; base < image.length; base += volume)
    for (let a = 0; a < s0; a++)
      for (let b = 0; b < s1; b++) {
        const from = base + ((f0 ? s0 - 1 - a : a) * s1 + (f1 ? s1 - 1 - b : b)) * s2;
        const to = base + (a * s1 + b) * s2;
        for (let c = 0; c < s2; c++) out[to + c] = image[from + (f2 ? s2 - 1 - c : c)] as number;
      }
  return out;
}

/** Turned by quarters in the plane of the first two axes, as NumPy's rot90; the leading axis may hold channels. */
function turned<T extends Float32Array | Int32Array>(image: T, [s0, s1, s2]: Triple, quarters: number): T {
  if (quarters === 0) return image;
  const out = image.slice() as T;
  for (let base = 0; base < image.length; base += s0 * s1 * s2)
    for (let a = 0; a < s0; a++)
      for (let b = 0; b < s1; b++) {
        const [c, d] = quarters === 1 ? [b, s1 - 1 - a] : quarters === 2 ? [s0 - 1 - a, s1 - 1 - b] : [s0 - 1 - b, a];
        const from = base + (c * s1 + d) * s2;
        out.set(image.subarray(from, from + s2), base + (a * s1 + b) * s2);
      }
  return out;
}
