import { seededRandom } from '../base/random.ts';
import { TesseraError } from '../base/errors.ts';
import { dispose, integers, tensorFromOwned, values } from '../compute/index.ts';
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
import { reconstructionForm, type MethodSettings } from '../model/method-settings.ts';
import type { Parameters } from '../model/parameters.ts';
import { imageOf } from '../model/patches.ts';
import type { PretrainingMethod } from '../model/pretraining-method.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import { makeView, type View, type ViewBox, type ViewKind } from '../model/views.ts';
import { measure, momentsOf, type ReconstructionNumbers } from './reconstruction-numbers.ts';

export type { ReconstructionNumbers } from './reconstruction-numbers.ts';

export interface ReconstructOptions {
  /** One of the run's kinds of view; the first unless given. */
  readonly view?: ViewKind['name'];
  /** Share of each axis of the scan that a global or local view covers; the middle of those that the run drew unless given. */
  readonly share?: number;
  /** Middle of the view, a voxel of the prepared scan; the scan's middle by default. */
  readonly center?: Triple;
  readonly maskRatio: number;
  readonly seed: number;
}

/** Volumes on the view's own grid, in the units of the network's input. */
export interface Reconstruction {
  readonly view: ViewKind['name'];
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
  /** What a reader of the pictures must know. */
  readonly note?: string;
}

const BORROWED =
  'This network was trained on patches brought to mean 0 and variance 1, so it says nothing about the brightness and contrast of a patch. The pictures take both from the true patch, and so does the error volume: they show more than the network knows. The numbers are those of normalised patches, for the guesses too.';

/**
 * One masked view of a scan through the network of a pre-training run of any method (method 2.2, 2.3, 11).
 * @throws TesseraError `bad-setting` for a kind of view that the run does not have, or when nothing would be masked
 */
export async function reconstruct(
  scan: PreparedScan,
  parameters: Parameters,
  s: MethodSettings,
  options: ReconstructOptions,
): Promise<Reconstruction> {
  const method = pretrainingMethod(s);
  try {
    const kind = kindNamed(method.kinds, options.view);
    const box = boxOf(kind, scan.dims, options);
    const view = makeView(scan, box, kind.size, s.encoder.patch, options.maskRatio, seededRandom(options.seed).fork('mask'));
    if (view.visible >= view.places.length)
      throw new TesseraError('bad-setting', `masks none of ${String(view.places.length)} patches.`, { subject: 'maskRatio' });
    return picturesOf(view, kind, box, await predictMasked(view, method, parameters), scan, s);
  } finally {
    method.dispose();
  }
}

/** @param predicted what the network gives for the masked patches: voxels, or normalised ones */
function picturesOf(
  view: View,
  kind: ViewKind,
  box: ViewBox,
  predicted: Float32Array,
  scan: PreparedScan,
  s: MethodSettings,
): Reconstruction {
  const { normalised } = reconstructionForm(s);
  const length = view.patches.length / view.places.length;
  const shown = view.visible * length;
  const painted = view.patches.slice();
  painted.set(normalised ? withTrueMoments(predicted, view.patches.subarray(shown), length, s.targetFloor) : predicted, shown);
  const isHidden = new Float32Array(view.patches.length).fill(1, shown);

  const geometry = resizedGeometry(boxGeometry(scan.geometry, { start: box.corner, size: box.size }), kind.size);
  const toVolume = (patches: Float32Array): Volume => viewVolume(patches, view, kind.size, s, geometry);
  const input = toVolume(view.patches);
  const reconstruction = toVolume(painted);
  const mask = toVolume(isHidden);
  const masked = new Float32Array(input.voxels.length);
  const error = new Float32Array(input.voxels.length);
  for (let v = 0; v < error.length; v++) {
    const value = input.voxels[v] as number;
    masked[v] = mask.voxels[v] === 0 ? value : 0;
    error[v] = Math.abs((reconstruction.voxels[v] as number) - value);
  }
  return {
    view: kind.name,
    input,
    masked: { ...input, voxels: masked },
    reconstruction,
    error: { ...input, voxels: error },
    mask,
    numbers: measure(view, predicted, normalised ? s.targetFloor : undefined),
    ...(normalised ? { note: BORROWED } : {}),
  };
}

function kindNamed(kinds: readonly ViewKind[], name: ViewKind['name'] | undefined): ViewKind {
  const found = name === undefined ? kinds[0] : kinds.find((kind) => kind.name === name);
  if (found !== undefined) return found;
  throw new TesseraError('bad-setting', `is ${String(name)}, of which this run took none.`, {
    subject: 'view',
    advice: `It has: ${kinds.map((kind) => kind.name).join(', ')}.`,
  });
}

function boxOf({ size, scale }: ViewKind, dims: Triple, { share, center }: ReconstructOptions): ViewBox {
  if (scale === undefined) return boxAround(dims, size, center);
  const ofAxis = (axis: 0 | 1 | 2): number =>
    Math.max(1, Math.round((share ?? (scale.shares[axis][0] + scale.shares[axis][1]) / 2) * dims[axis]));
  return boxAround(dims, [ofAxis(0), ofAxis(1), ofAxis(2)], center);
}

/** A box of some size around a voxel, moved to lie in the scan; a scan smaller than it sits in its middle. */
export function boxAround(dims: Triple, size: Triple, center?: Triple): ViewBox {
  const cornerOf = (axis: 0 | 1 | 2): number => {
    const room = dims[axis] - size[axis];
    if (room < 0) return -Math.floor(-room / 2);
    const middle = center?.[axis] ?? Math.floor(dims[axis] / 2);
    return Math.min(room, Math.max(0, middle - Math.floor(size[axis] / 2)));
  };
  return { corner: [cornerOf(0), cornerOf(1), cornerOf(2)], size };
}

async function predictMasked(view: View, method: PretrainingMethod, p: Parameters): Promise<Float32Array> {
  const n = view.places.length;
  const patches = tensorFromOwned(view.patches.slice(), [1, n, view.patches.length / n]);
  const places = integers(view.places, [1, n]);
  const y = method.predictMasked({ patches, places, visible: view.visible, perScan: 1, grid: view.grid }, p);
  try {
    return await values(y);
  } finally {
    dispose(y, patches, places);
  }
}

/** Normalised predictions with mean and deviation of the true patches. */
function withTrueMoments(predicted: Float32Array, truth: Float32Array, length: number, floor: number): Float32Array {
  const out = new Float32Array(predicted.length);
  for (let at = 0; at < predicted.length; at += length) {
    const { mean, deviation } = momentsOf(truth.subarray(at, at + length), floor);
    for (let k = 0; k < length; k++) out[at + k] = (predicted[at + k] as number) * deviation + mean;
  }
  return out;
}

/** Patches in the view's order as a volume on the view's grid (first channel). */
function viewVolume(patches: Float32Array, view: View, size: Triple, s: MethodSettings, geometry: Geometry): Volume {
  const length = patches.length / view.places.length;
  const raster = new Float32Array(patches.length);
  view.places.forEach((place, at) => {
    raster.set(patches.subarray(at * length, (at + 1) * length), place * length);
  });
  const image = imageOf(raster, size, s.encoder.patch, s.encoder.channels).subarray(0, voxelCount(size));
  return { geometry, voxels: toFirstFastest(image, size, new Float32Array(image.length)), slope: 1, intercept: 0 };
}
