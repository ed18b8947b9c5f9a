import { TesseraError } from '../base/errors.ts';
import { segmentationNetwork, type SegmentationNetwork } from '../model/segmentation-network.ts';
import { unetrSettings, type UnetrSettings } from '../model/unetr.ts';
import type { FinetuneSettings } from './finetune-settings.ts';

/**
 * The network that a fine-tuning run trains.
 * @param outputs logits of a voxel
 * @throws TesseraError `bad-setting` for sizes that do not go together
 */
export function finetunedNetwork(settings: FinetuneSettings, outputs: number): SegmentationNetwork {
  const unetr = unetrSettings.parse({ ...settings, classes: outputs });
  checkUnetr(unetr);
  return segmentationNetwork({ network: 'unetr', settings: unetr });
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
