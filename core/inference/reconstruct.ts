import { seededRandom } from '../base/random.ts';
import { dispose, integers, keep, scope, slice, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import {
  boxGeometry,
  resizedGeometry,
  toFirstFastest,
  voxelCount,
  type Geometry,
  type PreparedScan,
  type Triple,
  type Volume,
} from '../imaging/index.ts';
import { decodeMasked } from '../model/decoder.ts';
import { positionTables, type GlMaeSettings } from '../model/gl-mae.ts';
import type { Parameters } from '../model/parameters.ts';
import { imageOf } from '../model/patches.ts';
import { encode } from '../model/vit.ts';
import { makeView, type View, type ViewBox } from '../model/views.ts';

export interface ReconstructOptions {
  readonly view: 'global' | 'local';
  /** Share of each axis of the scan that the view covers. */
  readonly share: number;
  /** Middle of the view, a voxel of the prepared scan; the scan's middle by default. */
  readonly center?: Triple;
  readonly maskRatio: number;
  readonly seed: number;
}

export interface ReconstructionNumbers {
  /** Mean squared error over the masked patches, in the units of the network's input. */
  readonly mse: number;
  /** The same when every masked voxel is guessed as the mean of the visible ones. */
  readonly meanOfVisibleMse: number;
  /** The same when every masked patch is guessed as a copy of the nearest visible one. */
  readonly nearestVisibleMse: number;
  /** 1 − mse / meanOfVisibleMse. */
  readonly improvement: number;
  readonly masked: number;
  readonly patches: number;
}

/** Volumes on the view's own grid, in the units of the network's input. */
export interface Reconstruction {
  readonly input: Volume;
  /** The input with 0 in the masked patches. */
  readonly masked: Volume;
  /** The visible patches as they are, the masked ones as the network paints them. */
  readonly reconstruction: Volume;
  /** |reconstruction − input|. */
  readonly error: Volume;
  /** 1 where masked. */
  readonly mask: Volume;
  readonly numbers: ReconstructionNumbers;
}

/** One masked view of a scan through encoder and decoder of a pre-training run (method 2.2, 2.3). */
export async function reconstruct(
  scan: PreparedScan,
  parameters: Parameters,
  s: GlMaeSettings,
  options: ReconstructOptions,
): Promise<Reconstruction> {
  const size = options.view === 'global' ? s.globalSize : s.localSize;
  const box = boxAround(scan.dims, options.share, options.center);
  const view = makeView(scan, box, size, s.encoder.patch, options.maskRatio, seededRandom(options.seed).fork('mask'));
  const predicted = await predictMasked(view, parameters, s);
  const length = view.patches.length / view.places.length;
  const shown = view.visible * length;

  const painted = view.patches.slice();
  painted.set(predicted, shown);
  const hidden = view.patches.slice();
  hidden.fill(0, shown);
  const mask = new Float32Array(view.patches.length).fill(1, shown);

  const geometry = resizedGeometry(boxGeometry(scan.geometry, { start: box.corner, size: box.size }), size);
  const toVolume = (patches: Float32Array): Volume => viewVolume(patches, view, size, s, geometry);
  const input = toVolume(view.patches);
  const reconstruction = toVolume(painted);
  const error = Float32Array.from(input.voxels, (value, v) => Math.abs((reconstruction.voxels[v] as number) - value));
  return {
    input,
    masked: toVolume(hidden),
    reconstruction,
    error: { ...input, voxels: error },
    mask: toVolume(mask),
    numbers: measure(view, predicted, length),
  };
}

/** A box of `share` of each axis around a voxel, moved to lie in the scan. */
export function boxAround(dims: Triple, share: number, center?: Triple): ViewBox {
  const size = dims.map((n) => Math.max(1, Math.round(share * n))) as unknown as Triple;
  const corner = dims.map((n, axis) => {
    const side = size[axis] ?? 1;
    const middle = center?.[axis] ?? Math.floor(n / 2);
    return Math.min(n - side, Math.max(0, middle - Math.floor(side / 2)));
  }) as unknown as Triple;
  return { corner, size };
}

async function predictMasked(view: View, p: Parameters, s: GlMaeSettings): Promise<Float32Array> {
  const n = view.places.length;
  const length = view.patches.length / n;
  const tables = positionTables(s, view.grid);
  const patches = tensorFromOwned(view.patches.slice(0, view.visible * length), [1, view.visible, length]);
  const places = integers(view.places, [1, n]);
  const y: Tensor = keep(
    scope(() => {
      const z = encode(patches, slice(places, 1, 0, view.visible), tables.encoder, p, s.encoder);
      return decodeMasked(z, places, tables.decoder, p, s.decoder, s.encoder);
    }),
  );
  try {
    return await values(y);
  } finally {
    dispose(y, patches, places, tables.encoder, tables.decoder);
  }
}

/** Patches in the view's order as a volume on the view's grid (first channel). */
function viewVolume(patches: Float32Array, view: View, size: Triple, s: GlMaeSettings, geometry: Geometry): Volume {
  const length = patches.length / view.places.length;
  const raster = new Float32Array(patches.length);
  view.places.forEach((place, at) => {
    raster.set(patches.subarray(at * length, (at + 1) * length), place * length);
  });
  const image = imageOf(raster, size, s.encoder.patch, s.encoder.channels).subarray(0, voxelCount(size));
  return { geometry, voxels: toFirstFastest(image, size, new Float32Array(image.length)), slope: 1, intercept: 0 };
}

function measure(view: View, predicted: Float32Array, length: number): ReconstructionNumbers {
  const shown = view.visible * length;
  const truth = view.patches.subarray(shown);
  let mean = 0;
  for (let i = 0; i < shown; i++) mean += view.patches[i] as number;
  mean /= shown;
  let mse = 0;
  let flat = 0;
  let copied = 0;
  for (let patch = view.visible; patch < view.places.length; patch++) {
    const near = nearestVisible(view, patch);
    for (let k = 0; k < length; k++) {
      const value = view.patches[patch * length + k] as number;
      mse += (value - (predicted[(patch - view.visible) * length + k] as number)) ** 2;
      flat += (value - mean) ** 2;
      copied += (value - (view.patches[near * length + k] as number)) ** 2;
    }
  }
  const n = truth.length;
  return {
    mse: mse / n,
    meanOfVisibleMse: flat / n,
    nearestVisibleMse: copied / n,
    improvement: 1 - mse / flat,
    masked: view.places.length - view.visible,
    patches: view.places.length,
  };
}

function nearestVisible(view: View, patch: number): number {
  const at = gridPlace(view.places[patch] ?? 0, view.grid);
  let best = 0;
  let nearest = Infinity;
  for (let i = 0; i < view.visible; i++) {
    const other = gridPlace(view.places[i] ?? 0, view.grid);
    const distance = at.reduce((sum, c, axis) => sum + (c - (other[axis] ?? 0)) ** 2, 0);
    if (distance < nearest) {
      nearest = distance;
      best = i;
    }
  }
  return best;
}

function gridPlace(place: number, grid: Triple): Triple {
  return [Math.floor(place / (grid[1] * grid[2])), Math.floor(place / grid[2]) % grid[1], place % grid[2]];
}
