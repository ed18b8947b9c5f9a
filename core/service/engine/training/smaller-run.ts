import type { Triple } from '../../../imaging/index.ts';
import type { FinetuneSettings } from '../../../learning/finetune-settings.ts';
import type { PretrainSettings } from '../../../learning/pretrain-settings.ts';
import { SEGRESNET_STEP } from '../../../model/segresnet.ts';
import type { PreflightRepair } from '../../api/preflight.ts';

// The next step to a run that takes less memory; pressed again and again it comes to one that fits.

export function smallerPretraining(s: PretrainSettings): PreflightRepair | undefined {
  if (s.batch > 1) return { title: 'One scan in a step', settings: { batch: 1 } };
  if (s.method !== 'gl-mae') return s.crops > 1 ? { title: 'One view of a scan', settings: { crops: 1 } } : undefined;
  if (s.globals > 1 || s.locals > 4)
    return { title: 'One global and four local views', settings: { globals: 1, locals: Math.min(4, s.locals) } };
  const [globalSize, localSize] = [halved(s.globalSize, s.encoder.patch), halved(s.localSize, s.encoder.patch)];
  if (globalSize.join() === s.globalSize.join() && localSize.join() === s.localSize.join()) return undefined;
  return { title: 'Views of half the length', settings: { globalSize, localSize } };
}

export function smallerFinetuning(s: FinetuneSettings): PreflightRepair | undefined {
  if (s.batch > 1 || s.crops > 1) return { title: 'One crop in a step', settings: { batch: 1, crops: 1 } };
  const size = halved(s.size, s.network === 'unetr' ? s.patch : [SEGRESNET_STEP, SEGRESNET_STEP, SEGRESNET_STEP]);
  return size.join() === s.size.join() ? undefined : { title: `Crops of ${size.join(' × ')} voxels`, settings: { size } };
}

/** In whole patches, two of them at least where there were so many. */
function halved(size: Triple, patch: Triple): Triple {
  const along = (axis: 0 | 1 | 2): number => {
    const patches = Math.floor(size[axis] / patch[axis]);
    return patch[axis] * Math.min(patches, Math.max(2, Math.floor(patches / 2)));
  };
  return [along(0), along(1), along(2)];
}
