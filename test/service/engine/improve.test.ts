import { rmSync } from 'node:fs';
import { join } from 'node:path';
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
import { chooseModel, retireModel, type LayerSegment, type Workspace } from '../../../core/workspace/index.ts';
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
    const nothing = await compareModels(learnedAll, await findModel(workspace, old, 'segmentation'), contextOf(workspace));
    expect(nothing).toMatchObject({ cases: 0, old: null, new: null, seen: { withLabels: 3, withoutLabels: 0 } });
    expect(verdictOf(old, nothing)).toBe('too-few');
  }, 120_000);
});

describe('an improvement that takes its time', () => {
  it('is compared on the locked labels as they are afterwards, also when they change meanwhile', async () => {
    const [, locked = ''] = scans;
    const context = contextOf(workspace);
    const done = new Set<string>();
    // Somebody draws on a locked scan during the training, and again during the comparison.
    const breathe = async (): Promise<void> => {
      const stage = context.progress.at(-1)?.stage;
      if ((stage === 'fine-tune' || stage === 'compare') && !done.has(stage)) {
        done.add(stage);
        await describeAnew(locked, `posterior, ${stage}`);
      }
      await context.breathe();
    };
    const old = await writeFinetunedRun(workspace, { cases: [] });
    const input = { run: await newRun(), model: old, settings };
    const result = await improved(input, { ...context, breathe });
    expect([...done]).toEqual(['fine-tune', 'compare']);
    expect(result).toMatchObject({ old, encoder: old, scans: 1, leftOut: 0, verdict: 'too-few', comparison: { cases: 3 } });

    // Begun again after the training, with another model in use and other labels done: it is about what it began with.
    rmSync(join(workspace.itemPath('runs', input.run), 'improvement.json'));
    const { id } = (await workspace.layers(scans[0] ?? '')).found[0] ?? { id: '' };
    await changeSegments(scans[0] ?? '', id, (segment) => ({ ...segment, state: 'todo' }));
    await chooseModel(workspace, await writeFinetunedRun(workspace, { cases: [] }));
    const again = await improved({ run: input.run, settings });
    expect(again).toEqual({ ...result, made: again.made });
  }, 180_000);

  it('is not put forward as a first model when nothing is left to compare it on', async () => {
    const [learned = '', ...locked] = scans;
    const set = async (state: 'todo' | 'done'): Promise<void> => {
      for (const scan of locked) {
        const { id } = (await workspace.layers(scan)).found[0] ?? { id: '' };
        await changeSegments(scan, id, (segment) => ({ ...segment, state }));
      }
    };
    const { id } = (await workspace.layers(learned)).found[0] ?? { id: '' };
    await changeSegments(learned, id, (segment) => ({ ...segment, state: 'done' }));
    const context = contextOf(workspace);
    let reopened = false;
    // Somebody reopens the locked label maps during the training.
    const breathe = async (): Promise<void> => {
      if (!reopened && context.progress.at(-1)?.stage === 'fine-tune') {
        reopened = true;
        await set('todo');
      }
      await context.breathe();
    };
    const old = await writeFinetunedRun(workspace, { cases: [] });
    const result = await improved({ run: await newRun(), model: old, settings }, { ...context, breathe });
    await set('done');
    expect(reopened).toBe(true);
    expect(result).toMatchObject({ old, verdict: 'too-few' });
    expect(result).not.toHaveProperty('comparison');
  }, 180_000);
});

async function describeAnew(scan: string, name: string): Promise<void> {
  const { id } = (await workspace.layers(scan)).found[0] ?? { id: '' };
  await changeSegments(scan, id, (segment) =>
    segment.value === 2 ? { ...segment, code: { value: name, scheme: '99TEST', meaning: name } } : segment,
  );
}

async function changeSegments(scan: string, id: string, change: (segment: LayerSegment) => LayerSegment): Promise<void> {
  const layer = await workspace.openLayer(scan, id);
  await layer.edit({ segments: layer.document.labels.map(change), title: 'change' });
  await layer.close();
}
