import type { Random } from '../base/random.ts';
import type { Triple } from '../imaging/index.ts';
import { copyBox, cropOf } from '../inference/sliding-window.ts';
import type { TrainingCase } from './scan-store.ts';

export interface CropSettings {
  readonly size: Triple;
  readonly positiveShare: number;
  readonly flipChance: number;
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
 * A random crop with its augmentations (method 9.3): centred on a random labelled or unlabelled voxel, moved to fit, mirrored along each
 * axis on its own coin, values scaled and shifted.
 */
export function randomCrop(source: TrainingCase, s: CropSettings, random: Random): Crop {
  const { scan } = source;
  const labels = source.labels ?? new Uint8Array(scan.dims[0] * scan.dims[1] * scan.dims[2]);
  const centre = randomVoxel(labels, scan.dims, random.next() < s.positiveShare, random);
  const corner = scan.dims.map((n, axis) => fitted(centre[axis] ?? 0, s.size[axis] ?? n, n)) as unknown as Triple;
  const image = cropOf(scan, corner, s.size);
  const cropped = copyBox(labels, 1, scan.dims, corner, s.size, new Int32Array(s.size[0] * s.size[1] * s.size[2]));
  const flips = [0, 1, 2].map(() => random.next() < s.flipChance) as [boolean, boolean, boolean];
  const factor = 1 + (2 * random.next() - 1) * s.intensityScale;
  const shift = (2 * random.next() - 1) * s.intensityShift;
  for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) * factor + shift;
  return { image: mirrored(image, s.size, flips), labels: mirrored(cropped, s.size, flips) };
}

/** The corner of a box around `centre` that lies in the scan; a scan smaller than the box sits in its middle. */
function fitted(centre: number, size: number, n: number): number {
  if (size >= n) return -Math.floor((size - n) / 2);
  return Math.min(n - size, Math.max(0, centre - Math.floor(size / 2)));
}

function randomVoxel(labels: Uint8Array, [n0, n1, n2]: Triple, labelled: boolean, random: Random): Triple {
  const at = randomIndex(labels, labelled, random) ?? randomIndex(labels, !labelled, random) ?? 0;
  return [Math.floor(at / (n1 * n2)) % n0, Math.floor(at / n2) % n1, at % n2];
}

/** A uniformly drawn voxel that is labelled, or is not; undefined when there is none. */
function randomIndex(labels: Uint8Array, labelled: boolean, random: Random): number | undefined {
  let count = 0;
  for (const label of labels) if (label > 0 === labelled) count++;
  if (count === 0) return undefined;
  let wanted = random.integer(1, count);
  for (let i = 0; i < labels.length; i++) if ((labels[i] as number) > 0 === labelled && --wanted === 0) return i;
  return undefined;
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
