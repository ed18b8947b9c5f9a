import { meanAbsoluteError, meanSquaredError, scope, slice, standardiseRows, untracked, type Tensor } from '../compute/index.ts';
import { reconstructionForm, type MethodSettings } from './method-settings.ts';
import type { Views } from './pretraining-method.ts';

/**
 * Mean error over the voxels of the patches that count, eq. 2: (a) of all or (b) of the masked ones (method 2.3). All views of a kind
 * have equally many, so the mean over all is the mean over views.
 * @param prediction (V, N − n or N, C·P³) as `lossPatches` says, in the order of `places`
 */
export function reconstructionLoss(prediction: Tensor, views: Views, s: MethodSettings): Tensor {
  return scope(() => {
    const all = views.patches.shape[1] ?? 0;
    const counted = s.lossPatches === 'all' ? views.patches : slice(views.patches, 1, views.visible, all - views.visible);
    const { error, normalised } = reconstructionForm(s);
    const target = normalised ? normalisedTargets(counted, s.targetFloor) : counted;
    return error === 'l1' ? meanAbsoluteError(prediction, target) : meanSquaredError(prediction, target);
  });
}

/** T_i = (X_i − mean(X_i)) / sqrt(var(X_i) + ε) over all voxels and channels of a patch, the variance biased (method 2.3, 4.3). */
export function normalisedTargets(patches: Tensor, floor: number): Tensor {
  return untracked(() => standardiseRows(patches, floor));
}
