import { TesseraError } from '../base/errors.ts';
import { segResNetSettings, SEGRESNET_STEP } from '../model/segresnet.ts';
import { segmentationNetwork, type SegmentationNetwork } from '../model/segmentation-network.ts';
import { unetrSettings, type UnetrSettings } from '../model/unetr.ts';
import type { FinetuneSettings, SegResNetFinetuneSettings, UnetrFinetuneSettings } from './finetune-settings.ts';
import { layerDecay } from './optimiser.ts';

export const POSITIONS = 'vit.patch_embedding.position_embeddings';

/** A network and how it is trained. */
export interface FinetunedNetwork {
  readonly network: SegmentationNetwork;
  /** Factor on the learning rate of a weight; 0 keeps it as it is: no gradient is computed and no weight decay applied. */
  rateOf(name: string): number;
  /** Chance of the last encoder block to be left out of a crop. */
  readonly dropPath: number;
}

/**
 * The network that a fine-tuning run trains (docs/method.md, Optimisation).
 * @param outputs logits of a voxel
 * @param pretrained whether it starts from given weights: then layer decay applies
 * @throws TesseraError `bad-setting` for sizes that do not go together
 */
export function finetunedNetwork(settings: FinetuneSettings, outputs: number, pretrained: boolean): FinetunedNetwork {
  return settings.network === 'unetr' ? finetunedUnetr(settings, outputs, pretrained) : finetunedSegResNet(settings, outputs);
}

function finetunedUnetr(s: UnetrFinetuneSettings, outputs: number, pretrained: boolean): FinetunedNetwork {
  const unetr = unetrSettings.parse({ ...s, classes: outputs });
  checkUnetr(unetr);
  const network = segmentationNetwork({ network: 'unetr', settings: unetr });
  return {
    network,
    rateOf: (name) => {
      if (s.freezeEncoder && network.isEncoder(name)) return 0;
      if (s.positions === 'fixed' && name === POSITIONS) return 0;
      return pretrained ? layerDecay(network.layerOf(name), network.layers, s.layerDecay) : 1;
    },
    // A frozen encoder is computed as in inference.
    dropPath: s.freezeEncoder ? 0 : s.dropPath,
  };
}

function finetunedSegResNet(s: SegResNetFinetuneSettings, outputs: number): FinetunedNetwork {
  if (s.size.some((side) => side % SEGRESNET_STEP !== 0))
    throw new TesseraError('bad-setting', `${s.size.join('x')} does not divide by ${String(SEGRESNET_STEP)}.`, {
      subject: 'size',
      advice: 'Choose multiples of it.',
    });
  const network = segmentationNetwork({ network: 'segresnet', settings: segResNetSettings.parse({ ...s, classes: outputs }) });
  return { network, rateOf: () => 1, dropPath: 0 };
}

function checkUnetr(s: UnetrSettings): void {
  s.size.forEach((side, axis) => {
    const patch = s.patch[axis] ?? 1;
    if (side % patch !== 0 || ![1, 2, 4, 8, 16].includes(patch))
      throw new TesseraError('bad-setting', `${s.size.join('x')} does not go with the patch ${s.patch.join('x')}.`, {
        subject: 'size',
        advice: 'Patches are 1, 2, 4, 8 or 16 along each axis, and the size a multiple of them.',
      });
  });
  if (s.depth < 3)
    throw new TesseraError('bad-setting', `${String(s.depth)} blocks are too few: UNETR takes the outputs of three of them.`, {
      subject: 'depth',
      advice: 'Use 3 or more; 12 is usual.',
    });
  if (s.width % s.heads !== 0)
    throw new TesseraError('bad-setting', `${String(s.width)} does not divide by ${String(s.heads)} heads.`, {
      subject: 'width',
      advice: 'Choose a multiple.',
    });
}
