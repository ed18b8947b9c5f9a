import { dispose, integers, tensorFromOwned, values } from '../compute/index.ts';
import type { PreparedScan, Volume } from '../imaging/index.ts';
import { reconstructionForm, type MethodSettings } from '../model/method-settings.ts';
import type { Parameters } from '../model/parameters.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import type { View, ViewKind } from '../model/views.ts';
import { maskedView, viewVolume, type MaskedView, type MaskedViewOptions } from './masked-view.ts';
import { measure, momentsOf, type ReconstructionNumbers } from './reconstruction-numbers.ts';

export { boxAround } from './masked-view.ts';
export type { ReconstructionNumbers } from './reconstruction-numbers.ts';

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
 * @throws TesseraError as `maskedView`
 */
export async function reconstruct(
  scan: PreparedScan,
  parameters: Parameters,
  s: MethodSettings,
  options: MaskedViewOptions,
): Promise<Reconstruction> {
  return reconstructView(maskedView(scan, s, options), parameters, s);
}

/** A masked view through the network. @param parameters of a run with these settings */
export async function reconstructView(shown: MaskedView, parameters: Parameters, s: MethodSettings): Promise<Reconstruction> {
  const { kind, view, input, masked, mask } = shown;
  const predicted = await predictMasked(view, parameters, s);
  const { normalised } = reconstructionForm(s);
  const length = view.patches.length / view.places.length;
  const visible = view.visible * length;
  const painted = view.patches.slice();
  painted.set(normalised ? withTrueMoments(predicted, view.patches.subarray(visible), length, s.targetFloor) : predicted, visible);
  const reconstruction = viewVolume(painted, view, s, input.geometry);
  const error = new Float32Array(input.voxels.length);
  for (let v = 0; v < error.length; v++) error[v] = Math.abs((reconstruction.voxels[v] as number) - (input.voxels[v] as number));
  return {
    view: kind.name,
    input,
    masked,
    reconstruction,
    error: { ...input, voxels: error },
    mask,
    numbers: measure(view, predicted, normalised ? s.targetFloor : undefined),
    ...(normalised ? { note: BORROWED } : {}),
  };
}

/** What the network gives for the masked patches: voxels, or normalised ones. */
async function predictMasked(view: View, p: Parameters, s: MethodSettings): Promise<Float32Array> {
  const method = pretrainingMethod(s);
  const n = view.places.length;
  const patches = tensorFromOwned(view.patches.slice(), [1, n, view.patches.length / n]);
  const places = integers(view.places, [1, n]);
  const y = method.predictMasked({ patches, places, visible: view.visible, perScan: 1, grid: view.grid }, p);
  try {
    return await values(y);
  } finally {
    dispose(y, patches, places);
    method.dispose();
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
