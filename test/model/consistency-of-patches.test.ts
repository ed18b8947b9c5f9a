import { beforeAll, describe, expect, it } from 'vitest';
import { concat, scalar, scale, slice, startBackend, untracked } from '../../core/compute/index.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { pretrainingMethod } from '../../core/model/pretraining-methods.ts';
import type { Views } from '../../core/model/pretraining-method.ts';
import { madeViews, madeWeights, PATCH } from '../parity/made.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

/** The consistency loss of two scans with one global and two local views each. */
async function consistencyOf(of: 'class' | 'patches', global: Views, local: Views): Promise<number> {
  const settings = methodSettings.parse({
    encoder: { width: 24, depth: 2, heads: 2, patch: [PATCH, PATCH, PATCH] },
    decoder: { width: 12, depth: 1, heads: 2 },
    head: { hidden: 16, out: 8 },
    globalSize: [16, 16, 16],
    localSize: [8, 8, 8],
    globals: 1,
    locals: 2,
    consistencyOf: of,
  });
  const method = pretrainingMethod(settings);
  const student = madeWeights(method.specs.student, 0);
  const teacher = madeWeights(method.specs.teacher, 0.3);
  const { observed } = untracked(() => method.loss([global, local], { student, teacher }, { step: 0, total: 10 }));
  return observed['consistency'] === undefined ? Number.NaN : scalar(observed['consistency']);
}

/** The same views with other voxels in the patches that the student does not see. */
function otherMasked(views: Views): Views {
  const { patches, visible } = views;
  const hidden = (patches.shape[1] ?? 0) - visible;
  return { ...views, patches: concat([slice(patches, 1, 0, visible), scale(slice(patches, 1, visible, hidden), -2)], 1) };
}

describe('consistency of patches', () => {
  it('compares what the student sees of a global view with what the teacher, who sees all of it, says of the same places', async () => {
    const global = madeViews(16, 1, 2, 0);
    const local = madeViews(8, 2, 2, 500);
    const otherLocal = madeViews(8, 2, 2, 900);

    // Local views have no counterpart of their patches; their class tokens have.
    const patches = await consistencyOf('patches', global, local);
    expect(await consistencyOf('patches', global, otherLocal)).toBe(patches);
    expect(await consistencyOf('class', global, otherLocal)).not.toBe(await consistencyOf('class', global, local));
    // The teacher sees the masked patches.
    expect(await consistencyOf('patches', otherMasked(global), local)).not.toBe(patches);
  });
});
