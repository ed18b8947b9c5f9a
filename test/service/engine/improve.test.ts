import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '../../../core/imaging/index.ts';
import type { EngineInput } from '../../../core/service/api/engine.ts';
import type { Improvement } from '../../../core/service/api/improvements.ts';
import type { EngineContext } from '../../../core/service/engine/context.ts';
import { engineMemoryOf } from '../../../core/service/engine/handlers/engine-memory.ts';
import { findModel } from '../../../core/service/engine/handlers/find-models.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import { compareModels } from '../../../core/service/engine/improving/compare-models.ts';
import { readImprovement } from '../../../core/service/engine/improving/improvements.ts';
import { verdictOf } from '../../../core/service/engine/improving/verdict.ts';
import { chooseLabels } from '../../../core/service/engine/training/chosen-labels.ts';
import { retireModel, type Workspace } from '../../../core/workspace/index.ts';
import { contextOf, newWorkspace, sampleLabels, temporary } from './support.ts';
import { writeFinetunedRun, writePretrainedRun } from './support-runs.ts';
import { importSamples, names } from './support-training.ts';

let workspace: Workspace;
let scans: string[];
/** Learns next to nothing in a moment. */
const settings = { epochs: 1, batch: 1, crops: 1, learningRate: 1e-7, validationShare: 0 };

beforeAll(async () => {
  workspace = await newWorkspace(temporary());
  scans = await importSamples(workspace, 4, 0);
  for (const [at, scan] of scans.entries()) {
    const initial = Uint8Array.from((await readScan(sampleLabels(names[at] ?? ''))).volume.voxels);
    const labels = ['anterior', 'posterior'].map((name, n) => ({ value: n + 1, name, state: 'done' as const }));
    await workspace.createLayer(scan, { name: 'drawn', kind: 'label', labels, initial });
  }
  await workspace.saveSplit('test', { training: scans.slice(0, 1), test: scans.slice(1) });
}, 60_000);
afterAll(async () => {
  engineMemoryOf(workspace).clear();
  await workspace.close();
});

const newRun = async (): Promise<string> => (await workspace.newItem('runs')).id;

async function improved(input: EngineInput<'improve'>, context: EngineContext = contextOf(workspace)): Promise<Improvement> {
  await handlers.improve(input, context);
  const result = await readImprovement(workspace, input.run);
  if (result === undefined) throw new Error('nothing was kept');
  return result;
}

describe('the comparison of a new model with the old one', () => {
  it('leaves out locked scans that either learned from, and says what was seen without labels', async () => {
    const [, second = '', third = '', fourth = ''] = scans;
    const encoder = await writePretrainedRun(workspace, { cases: [{ id: third }] });
    // Its weights are missing: nothing may begin with it.
    await retireModel(workspace, encoder, true);
    const old = await writeFinetunedRun(workspace, { cases: [{ id: second }], from: encoder });
    const result = await improved({ run: await newRun(), model: old, settings });
    expect(result).toMatchObject({ old, encoder: old, verdict: 'too-few', scans: 1 });
    expect(result.comparison).toMatchObject({ cases: 2, seen: { withLabels: 1, withoutLabels: 1, unknown: false } });

    const learnedAll = await findModel(
      workspace,
      await writeFinetunedRun(workspace, { cases: [second, third, fourth].map((id) => ({ id })) }),
      'segmentation',
    );
    const references = await chooseLabels(workspace, [second, third, fourth], { layer: 'newest' });
    const nothing = await compareModels(learnedAll, await findModel(workspace, old, 'segmentation'), references, contextOf(workspace));
    expect(nothing).toMatchObject({ cases: 0, old: null, new: null, seen: { withLabels: 3, withoutLabels: 0 } });
    expect(verdictOf(nothing)).toBe('too-few');
  }, 120_000);
});
