import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { copy, dispose, keep, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import { adaptChannels, PATCHES } from '../model/adapt-weights.ts';
import { disposeParameters, type Parameters } from '../model/parameters.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import { loadPretrainedRun } from './pretrained-run.ts';
import { loadModel } from '../model/saved-model.ts';
import type { UnetrSettings } from '../model/unetr.ts';
import { gridOf } from '../model/unetr.ts';
import { positionReference } from '../model/position-tables.ts';
import { sinCosPositions } from '../model/positions.ts';

/** Weights to start from and what they were learned with. */
export interface InitialWeights {
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Settings of the pre-training run, where it is one. */
  readonly pretraining?: PretrainSettings;
  readonly description: string;
}

/**
 * The student of a pre-training run, or all weights of a model.
 * @param channels of the network that they are for: the patch embedding is brought to them (method 7.1)
 * @param step of a run, whose weights are wanted; the newest unless given
 * @throws TesseraError `bad-model`
 */
export async function readInitialWeights(path: string, channels?: number, step?: number): Promise<InitialWeights> {
  const holds = (name: string): Promise<boolean> =>
    stat(join(path, name)).then(
      () => true,
      () => false,
    );
  if (await holds('model.json')) {
    const { document, parameters } = await loadModel(path);
    return {
      parameters: await withChannels(parameters, document.settings.channels, channels, path),
      description: `the model ${path}`,
    };
  }
  if (!(await holds('run.json')))
    throw new TesseraError('bad-model', 'is neither a run nor a model.', {
      subject: path,
      advice: 'Give a folder with run.json or model.json, or none.',
    });
  const loaded = await loadPretrainedRun(path, step === undefined ? {} : { step });
  const { parameters, settings } = loaded;
  return {
    parameters: await withChannels(parameters, settings.encoder.channels, channels, path),
    pretraining: settings,
    description: `the encoder of ${path} after ${String(loaded.step)} steps`,
  };
}

/** @returns the same weights with the patch embedding for another number of channels, where there is one and the number differs */
async function withChannels(parameters: Parameters, from: number, to: number | undefined, subject: string): Promise<Parameters> {
  const embedding = parameters.get(PATCHES);
  if (embedding === undefined || to === undefined || from === to) return parameters;
  if (from !== 1 && to !== 1) {
    disposeParameters(parameters);
    throw new TesseraError('bad-model', `is for ${String(from)} channels, the network has ${String(to)}.`, {
      subject,
      advice: 'Channels can go from one to several or from several to one.',
    });
  }
  const [width = 0, length = 0] = embedding.shape;
  const volume = length / from;
  const adapted = adaptChannels(await values(embedding), width, volume, from, to);
  dispose(embedding);
  return new Map(parameters).set(PATCHES, keep(tensorFromOwned(adapted, [width, to * volume])));
}

/** What no other network need give: positions are of one grid, and a segmentation network has no class token. */
const mayStartFresh = (name: string): boolean => !name.startsWith('vit.') || /position_embeddings$|cls_token$/.test(name);

/**
 * Puts the weights that fit by name and shape into a network, in place of its own (docs/method.md, Fine-tuning).
 * @throws TesseraError `bad-model` when the encoder does not fit: another width, depth or patch
 */
export function applyInitialWeights(
  into: Map<string, Tensor>,
  from: InitialWeights,
  subject: string,
): { readonly taken: number; readonly left: readonly string[] } {
  let taken = 0;
  const left: string[] = [];
  for (const [name, own] of into) {
    const value = from.parameters.get(name);
    if (value === undefined) {
      if (!mayStartFresh(name))
        throw new TesseraError('bad-model', `has no weight ${name}: its encoder is of another depth or kind.`, {
          subject,
          advice: 'Use the encoder settings of the pre-training run.',
        });
      left.push(name);
      continue;
    }
    if (value.shape.join() !== own.shape.join()) {
      if (!mayStartFresh(name))
        throw new TesseraError('bad-model', `has ${name} of shape ${value.shape.join('x')}, the network wants ${own.shape.join('x')}.`, {
          subject,
          advice: 'Use the width and patch of the pre-training run (--set width=… --set patch=…).',
        });
      left.push(name);
      continue;
    }
    into.set(name, keep(copy(value)));
    dispose(own);
    taken += 1;
  }
  return { taken, left };
}

/**
 * Learnable positions start from the fixed table (method 11.2), for pre-trained and fresh encoders alike: a network without positions
 * would be an unfair baseline (method 14, item 3). The places are measured on the local views of the pre-training, if there was one.
 */
export function startPositions(s: UnetrSettings, pretraining?: PretrainSettings): Float32Array {
  const grid = gridOf(s);
  const reference = pretraining === undefined ? grid : positionReference(pretraining);
  return sinCosPositions(s.width, grid, reference);
}
