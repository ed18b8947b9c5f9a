import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '../../../core/imaging/index.ts';
import { loadModel, closeModel } from '../../../core/model/saved-model.ts';
import { RunFolder } from '../../../core/learning/index.ts';
import type { EngineInput } from '../../../core/service/api/engine.ts';
import { findModels } from '../../../core/service/engine/handlers/find-models.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import { storedScanPath } from '../../../core/service/engine/training/workspace-cases.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { contextOf, newWorkspace, temporary } from './support.ts';
import { importSamples, tinyFinetuning, tinyPretraining } from './support-training.ts';

let workspace: Workspace;
let scans: string[];
let pretrained = '';
beforeAll(async () => {
  workspace = await newWorkspace(temporary());
  scans = await importSamples(workspace, 4, 3);
  pretrained = (await workspace.newItem('runs')).id;
});
afterAll(() => workspace.close());

const pretraining = (changes: Partial<EngineInput<'pretrain'>> = {}): EngineInput<'pretrain'> => ({
  kind: 'pretrain',
  run: pretrained,
  name: 'tiny',
  scans,
  settings: { ...tinyPretraining, epochs: 3, probeEvery: 3 },
  ...changes,
});
const finetuning = (run: string, changes: Partial<EngineInput<'finetune'>> = {}): EngineInput<'finetune'> => ({
  kind: 'finetune',
  run,
  name: 'tiny',
  scans,
  labels: { layer: 'newest' },
  encoder: null,
  network: 'unetr',
  frozen: false,
  settings: { ...tinyFinetuning, validationShare: 0.34, epochs: 2 },
  ...changes,
});
const newRun = async (): Promise<string> => (await workspace.newItem('runs')).id;
const documentOf = async (run: string) => (await RunFolder.open(workspace.itemPath('runs', run))).document;

describe('a scan of a workspace', () => {
  it('is read where it lies, as the workspace itself reads it', async () => {
    const [id = ''] = scans;
    const { volume } = await readScan(storedScanPath(workspace, id));
    expect(volume).toEqual(await workspace.readScan(id));
  });
});

describe('pre-training in a workspace', () => {
  it('makes a run that is listed as a model, probed with the labelled scans, and tells how far it is', async () => {
    const context = contextOf(workspace);
    expect(await handlers.pretrain(pretraining(), context)).toEqual({ run: pretrained, model: pretrained });
    const { run, document } = await RunFolder.open(workspace.itemPath('runs', pretrained));
    expect(document.data.cases.map(({ id, use }) => [id, use])).toEqual([...scans].sort().map((id) => [id, 'unlabelled']));
    expect(document.extra).toMatchObject({ name: 'tiny', probeLabels: { 1: 'anterior', 2: 'posterior' } });
    expect((await run.metrics()).filter(({ event }) => event === 'probe').map(({ step }) => step)).toEqual([0, 6]);
    expect((await findModels(workspace)).find(({ summary }) => summary.id === pretrained)?.summary).toMatchObject({
      name: 'tiny',
      kind: 'pretrained',
    });
    expect(context.events.filter(({ kind }) => kind === 'metrics').at(-1)).toEqual({ kind: 'metrics', run: pretrained, step: 6 });
    expect(existsSync(run.cachePath())).toBe(false);
  });

  it('goes on with a run that was cancelled, exactly', async () => {
    const whole = await newRun();
    const settings = { ...tinyPretraining, epochs: 3 };
    await handlers.pretrain(pretraining({ run: whole, probe: false, settings }), contextOf(workspace));
    const broken = await newRun();
    const context = contextOf(workspace);
    let steps = 0;
    const breathe = (): Promise<void> => {
      if (++steps === 4) context.abort.abort();
      return context.breathe();
    };
    await expect(handlers.pretrain(pretraining({ run: broken, probe: false, settings }), { ...context, breathe })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await handlers.pretrain(pretraining({ run: broken, probe: false, settings }), contextOf(workspace));
    const weights = (run: string): Buffer => readFileSync(join(workspace.itemPath('runs', run), 'checkpoints', 'step-6.safetensors'));
    expect(weights(broken).equals(weights(whole))).toBe(true);
  });

  it('takes as many epochs as the time allows', async () => {
    const run = await newRun();
    await handlers.pretrain(pretraining({ run, probe: false, minutes: 1e-4, settings: tinyPretraining }), contextOf(workspace));
    expect(Number((await documentOf(run)).settings['epochs'])).toBeLessThan(40);
  });

  it('refuses scans that are locked away for testing', async () => {
    const other = await newWorkspace(temporary());
    const ids = await importSamples(other, 3, 0);
    await other.saveSplit('test', { training: ids.slice(0, 2), test: ids.slice(2) });
    const { id: run } = await other.newItem('runs');
    await expect(handlers.pretrain(pretraining({ run, scans: ids }), contextOf(other))).rejects.toMatchObject({ code: 'test-case' });
    await handlers.pretrain(pretraining({ run, scans: ids.slice(0, 2), settings: { ...tinyPretraining, epochs: 1 } }), contextOf(other));
    const { document } = await RunFolder.open(other.itemPath('runs', run));
    expect(document.data.lock?.test).toEqual(ids.slice(2));
    await other.close();
  });
});

describe('fine-tuning in a workspace', () => {
  it('learns the labels of the scans that have some, from the encoder of a run', async () => {
    const run = await newRun();
    const { size, features, window } = tinyFinetuning;
    const settings = { size, features, window, crops: 1, epochs: 2, validationShare: 0.34 };
    await handlers.finetune(finetuning(run, { encoder: pretrained, checkpoint: 3, settings }), contextOf(workspace));
    const document = await documentOf(run);
    // The network and the preparation of the encoder.
    expect(document.settings).toMatchObject({
      width: 24,
      depth: 3,
      patch: [8, 8, 8],
      preparation: { intensity: { kind: 'zscore' }, foreground: false },
    });
    expect(document.data.cases.map(({ id }) => id).sort()).toEqual(scans.slice(0, 3).sort());
    expect(document.extra['labels']).toEqual([
      { value: 0, name: 'background' },
      { value: 1, name: 'anterior' },
      { value: 2, name: 'posterior' },
    ]);
    expect(document.extra['initStep']).toBe(6);
    const model = await loadModel(join(workspace.itemPath('runs', run), 'model'));
    expect(model.document.labels.map(({ name }) => name)).toEqual(['background', 'anterior', 'posterior']);
    closeModel(model);
    expect((await findModels(workspace)).find(({ summary }) => summary.id === run)?.summary).toMatchObject({
      kind: 'segmentation',
      name: 'tiny',
    });
  });

  it('learns the chosen segments by their names, with other values in other scans', async () => {
    const other = await newWorkspace(temporary());
    const ids = await importSamples(other, 2, 1);
    const [first = '', second = ''] = ids;
    const dims = (await other.scan(second)).geometry.dims;
    const initial = new Uint8Array(dims[0] * dims[1] * dims[2]).fill(9, 0, 5000).fill(4, 5000, 6000);
    await other.createLayer(second, {
      name: 'mine',
      initial,
      labels: [
        { value: 9, name: 'posterior ' },
        { value: 4, name: 'Other' },
      ],
    });
    const { id: run } = await other.newItem('runs');
    const settings = { ...tinyFinetuning, epochs: 1, validationShare: 0 };
    await handlers.finetune(
      finetuning(run, { scans: ids, labels: { layer: 'newest', segments: ['Posterior'] }, settings }),
      contextOf(other),
    );
    const { document } = await RunFolder.open(other.itemPath('runs', run));
    expect(document.extra['labels']).toEqual([
      { value: 0, name: 'background' },
      { value: 1, name: 'posterior' },
    ]);
    const { volume } = await readScan(join(other.itemPath('runs', run), 'labels', `${second}.nii.gz`));
    expect([...new Set(volume.voxels)].sort()).toEqual([0, 1]);
    expect(volume.voxels.filter((value) => value === 1)).toHaveLength(5000);
    expect(existsSync(join(other.itemPath('runs', run), 'labels', `${first}.nii.gz`))).toBe(true);
    await other.close();
  });

  it('trains and validates as a split says, and goes on after it was cancelled', async () => {
    const [a = '', b = '', c = ''] = scans;
    const split = await workspace.saveSplit('mine', { training: [a, b], validation: [c] });
    const run = await newRun();
    const context = contextOf(workspace);
    let steps = 0;
    const breathe = (): Promise<void> => {
      if (++steps === 3) context.abort.abort();
      return context.breathe();
    };
    const input = finetuning(run, { split: split.id, network: 'segresnet', settings: segresnet });
    await expect(handlers.finetune(input, { ...context, breathe })).rejects.toMatchObject({ code: 'cancelled' });
    await handlers.finetune(input, contextOf(workspace));
    const document = await documentOf(run);
    expect(document.data.cases.map(({ id, use }) => [id, use])).toEqual(
      [...[a, b].sort().map((id) => [id, 'training']), [c, 'validation']].sort(),
    );
    const metrics = await (await RunFolder.open(workspace.itemPath('runs', run))).run.metrics();
    expect(metrics.filter((line) => 'loss' in line).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });
});

const segresnet = {
  size: [16, 24, 16],
  filters: 8,
  blocksDown: [1, 1, 1, 1],
  batch: 1,
  crops: 1,
  epochs: 2,
  validateEvery: 2,
  window: { overlap: 0 },
  preparation: tinyFinetuning.preparation,
};
