import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../../core/base/task.ts';
import { startBackend } from '../../../core/compute/index.ts';
import { evaluateCase } from '../../../core/evaluation/index.ts';
import { readScan } from '../../../core/imaging/index.ts';
import { segmentScan } from '../../../core/inference/segment.ts';
import { closeModel, loadModel, saveModel } from '../../../core/model/saved-model.ts';
import { engineRequests } from '../../../core/service/api/engine.ts';
import { evaluationDetails } from '../../../core/service/api/evaluations.ts';
import { modelCard } from '../../../core/service/api/model-card.ts';
import { engineMemoryOf } from '../../../core/service/engine/handlers/engine-memory.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import { evaluationCsv, evaluationReport } from '../../../core/service/evaluations/evaluation-report.ts';
import { evaluationDetailsOf, evaluationSummaryOf } from '../../../core/service/evaluations/evaluation-view.ts';
import { readEvaluation } from '../../../core/service/evaluations/stored-evaluation.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { contextOf, newWorkspace, sample, sampleLabels, temporary } from './support.ts';
import { writeFinetunedRun, writePretrainedRun } from './support-runs.ts';

const names = ['hippocampus_025', 'hippocampus_034', 'hippocampus_035'];

const folder = temporary();
const tiny = join(import.meta.dirname, '..', '..', 'e2e', 'models', 'tiny-unetr');
let workspace: Workspace;
let scans: string[];
/** The shipped little network, and the same with the names of its two parts changed over. */
let models: string[];

beforeAll(async () => {
  await startBackend();
  const swapped = await loadModel(tiny);
  const labels = swapped.document.labels.map(({ value, name }) => ({
    value,
    name: name === 'anterior' ? 'Posterior' : name === 'posterior' ? 'Anterior' : name,
  }));
  await saveModel(join(folder, 'swapped'), { ...swapped.document, labels }, swapped.parameters);
  const strange = swapped.document.labels.map(({ value }) => ({ value, name: `thing ${value}` }));
  await saveModel(join(folder, 'strange'), { ...swapped.document, labels: strange }, swapped.parameters);
  closeModel(swapped);
  workspace = await newWorkspace(folder);
  const context = contextOf(workspace);
  scans = (await handlers.import({ paths: names.map(sample) }, context)).scans ?? [];
  for (const [at, scan] of scans.slice(0, 2).entries()) {
    const { voxels } = (await readScan(sampleLabels(names[at] ?? ''))).volume;
    const drawn = ['anterior', 'posterior'].map((name, value) => ({ value: value + 1, name, colour: '#ff0000' }));
    const layer = await workspace.createLayer(scan, { name: 'drawn', kind: 'label', labels: drawn, initial: Uint8Array.from(voxels) });
    expect(layer).toBeDefined();
  }
  const imported = [tiny, join(folder, 'swapped'), join(folder, 'strange')].map((path) =>
    handlers['import-model']({ paths: [path] }, context),
  );
  models = (await Promise.all(imported)).map(({ model }) => model ?? '');
}, 180_000);
afterAll(() => engineMemoryOf(workspace).clear());

async function evaluated(request: { models: string[]; scans?: string[] }): Promise<Awaited<ReturnType<typeof readEvaluation>>> {
  const input = engineRequests.evaluate.input.parse({ kind: 'evaluate', name: 'which is better', ...request });
  const { evaluation = '' } = engineRequests.evaluate.output.parse(await handlers.evaluate(input, contextOf(workspace)));
  return readEvaluation(workspace.itemPath('evaluations', evaluation));
}

describe('an evaluation of models', () => {
  it('has the scores of tessera segment and evaluate, on the scans that have labels', async () => {
    const stored = await evaluated({ models: models.slice(0, 1), scans });
    expect(stored.references.map(({ scan }) => scan).sort()).toEqual(scans.slice(0, 2).sort());
    expect(stored.leftOut).toEqual([{ scan: scans[2], reason: 'no-layer' }]);
    expect(stored.test).toBe(false);
    const model = await loadModel(tiny);
    for (const [at, scan] of scans.slice(0, 2).entries()) {
      const { labels } = await segmentScan([sample(names[at] ?? '')], model, {}, silentTask);
      const expected = evaluateCase({
        case: scan,
        reference: Uint8Array.from((await readScan(sampleLabels(names[at] ?? ''))).volume.voxels),
        prediction: labels.voxels,
        geometry: labels.geometry,
        segments: [
          { label: 1, name: 'anterior' },
          { label: 2, name: 'posterior' },
        ],
      });
      expect(stored.models[0]?.evaluation.cases.find((one) => one.case === scan)).toEqual({ ...expected, patient: scan });
    }
    closeModel(model);
  });

  it('matches segments by name, compares each model with the first, and writes a report', async () => {
    const stored = await evaluated({ models: models.slice(0, 2), scans: scans.slice(0, 2) });
    const details = evaluationDetails.parse(evaluationDetailsOf(stored));
    const [first, second] = details.models;
    expect(first?.dice.mean).toBeGreaterThan(0.5);
    // Its anterior is the other's posterior: next to nothing overlaps.
    expect(second?.dice.mean).toBeLessThan(0.1);
    expect(first?.compared).toBeUndefined();
    expect(second?.compared?.dice.pairs).toBe(2);
    expect(second?.compared?.dice.difference).toBeCloseTo((second?.dice.mean ?? 0) - (first?.dice.mean ?? 0), 10);
    const page = evaluationReport(stored, '1.2.3');
    for (const words of ['which is better', 'tiny-unetr', 'swapped', 'Wilcoxon', 'anterior', 'Tessera 1.2.3'])
      expect(page).toContain(words);
    for (const name of names) expect(page).not.toContain(name);
    const rows = evaluationCsv(stored).trimEnd().split('\r\n');
    expect(rows).toHaveLength(1 + 2 * 2 * 2);
    expect(rows[0]).toMatch(/^model,labelledScans,case,label,segment,outcome,dice/);
    expect(JSON.parse(readFileSync(join(workspace.itemPath('evaluations', stored.id), 'evaluation.json'), 'utf8'))).toMatchObject({
      schema: 'tessera-model-evaluation/1',
    });
  });

  it('says that a split locks the test part, and evaluates there when no scans are given', async () => {
    const request = { models: models.slice(0, 1) };
    await expect(evaluated(request)).rejects.toMatchObject({ code: 'no-data', advice: expect.stringContaining('Split') });
    await workspace.saveSplit('first', { training: scans.slice(1), test: scans.slice(0, 1) });
    const stored = await evaluated(request);
    expect(stored).toMatchObject({ test: true, references: [{ scan: scans[0] }] });
  });

  it('tells scans that went into the weights with labels from those without, through all models before, and says where nobody knows', async () => {
    const [first = '', second = ''] = scans;
    const encoder = await writePretrainedRun(workspace, { cases: [{ id: first }] });
    const before = await writeFinetunedRun(workspace, { cases: [{ id: second }], from: encoder });
    const model = await writeFinetunedRun(workspace, { cases: [], from: before });
    const stored = await evaluated({ models: [model, models[0] ?? ''], scans: [first, second] });
    const details = evaluationDetails.parse(evaluationDetailsOf(stored));
    expect(details.models[0]).toMatchObject({ seen: [second], seenWithoutLabels: [first], pastUnknown: false });
    expect(details.models[1]).toMatchObject({ seen: [], seenWithoutLabels: [], pastUnknown: true });
    // What was seen with labels is listed, and in no mean and no test.
    expect(details.models[0]?.cases.map(({ scan }) => scan).sort()).toEqual([first, second].sort());
    expect(details.models[0]?.dice).toMatchObject({ count: 1, mean: details.models[0]?.cases.find(({ scan }) => scan === first)?.dice });
    expect(details.models[1]?.dice.count).toBe(2);
    expect(details.models[1]?.compared?.dice.pairs).toBe(1);
    const counts = { withLabels: 1, withoutLabels: 1, unknown: false };
    expect(evaluationSummaryOf(stored).models[0]?.seen).toEqual(counts);
    const page = evaluationReport(stored, '1.2.3').replace(/\s+/g, ' ');
    expect(evaluationCsv(stored)).toMatch(new RegExp(`,${second},1\\r\\n`));
    for (const words of [' *</td>', '1 scan was seen with labels', '1 scan was seen without labels', 'saw before is not known'])
      expect(page).toContain(words);
    const card = await handlers['model-card']({ model, kind: 'segmentation' }, contextOf(workspace));
    expect(modelCard.parse(card).lockedPart).toEqual({ scans: 1, seen: { withLabels: 0, withoutLabels: 1, unknown: false } });
    // One that was kept before anybody looked says so.
    const [old] = stored.models;
    if (old === undefined) throw new Error('no model');
    const { id, name, network, seen, evaluation } = old;
    const kept = { id, name, network, seen, evaluation };
    expect(evaluationDetailsOf({ ...stored, models: [kept] }).models[0]).toMatchObject({ seenWithoutLabels: [], pastUnknown: true });
  });

  it('is refused for scans without labels, models that are not there, and models that know none of the segments', async () => {
    await expect(evaluated({ models: models.slice(0, 1), scans: scans.slice(2) })).rejects.toMatchObject({ code: 'no-data' });
    await expect(evaluated({ models: ['0'.repeat(16)], scans })).rejects.toMatchObject({ code: 'not-found' });
    await expect(evaluated({ models: models.slice(2), scans })).rejects.toMatchObject({ code: 'bad-labels', subject: 'strange' });
    await expect(readEvaluation(workspace.itemPath('evaluations', '0'.repeat(16)))).rejects.toMatchObject({ code: 'not-found' });
  });
});
