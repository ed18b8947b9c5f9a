import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../../core/base/task.ts';
import { memory, startBackend } from '../../../core/compute/index.ts';
import { segmentScan } from '../../../core/inference/segment.ts';
import { closeModel, loadModel, saveModel } from '../../../core/model/saved-model.ts';
import { engineEvent, engineRequests, type EngineEvent } from '../../../core/service/api/engine.ts';
import { engineMemoryOf } from '../../../core/service/engine/handlers/engine-memory.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { balanced } from '../../inference/support/balanced.ts';
import { randomModel } from '../../inference/support/random-model.ts';
import { contextOf, newWorkspace, sample, temporary } from './support.ts';

const folder = temporary();
const given = join(folder, 'my model');
let workspace: Workspace;
let scans: string[];
let model: string;
let tensors: number;

beforeAll(async () => {
  await startBackend();
  tensors = memory().tensors;
  const random = randomModel({}, { intensity: { kind: 'zscore' } }, [0, 1, 2]);
  const fair = await balanced(random, sample('hippocampus_025'));
  const document = { ...fair.document, labels: ['background', 'liver', 'right kidney'].map((name, value) => ({ value, name })) };
  await saveModel(given, document, fair.parameters);
  closeModel(fair);
  closeModel(random);
  workspace = await newWorkspace(folder);
  const imported = await handlers.import({ paths: [sample('hippocampus_025'), sample('hippocampus_034')] }, contextOf(workspace));
  scans = imported.scans ?? [];
}, 180_000);
afterAll(() => engineMemoryOf(workspace).clear());

describe('models', () => {
  it('are imported under the name that their folder has, and listed with their segments', async () => {
    const result = await handlers['import-model']({ paths: [given] }, contextOf(workspace));
    model = result.model ?? '';
    const list = engineRequests.models.output.parse(await handlers.models({}, contextOf(workspace)));
    expect(list.find(({ id }) => id === model)).toMatchObject({
      name: 'my model',
      kind: 'segmentation',
      network: 'UNETR',
      segments: [
        { value: 1, name: 'liver' },
        { value: 2, name: 'right kidney' },
      ],
    });
  });
});

describe('segmentation', () => {
  it('stores the labels that the command line gives as a proposal, and shows them as they grow', async () => {
    const context = contextOf(workspace);
    const shown: EngineEvent[] = [];
    const emit = (event: EngineEvent): void => {
      engineEvent.parse(event);
      if (event.kind === 'layer-grown') expect(existsSync(join(workspace.folder, event.file))).toBe(true);
      shown.push(event);
    };
    const result = engineRequests.segment.output.parse(await handlers.segment({ model, scans, entropy: true }, { ...context, emit }));
    expect(result.problems).toBeUndefined();
    expect(result.layers?.map(({ scan }) => scan)).toEqual(scans);
    const loaded = await loadModel(given);
    for (const [i, { scan, layer }] of (result.layers ?? []).entries()) {
      const path = sample(['hippocampus_025', 'hippocampus_034'][i] ?? '');
      const expected = await segmentScan([path], loaded, { entropy: true }, silentTask);
      const opened = await workspace.openLayer(scan, layer);
      expect(opened.labels).toEqual(expected.labels.voxels);
      expect(new Set(opened.labels).size).toBe(3);
      expect(opened.document).toMatchObject({ kind: 'proposal', model, name: 'my model', id: layer });
      expect(opened.document.labels).toEqual([
        expect.objectContaining({ value: 1, name: 'liver', code: expect.objectContaining({ value: '10200004', scheme: 'SCT' }) }),
        expect.objectContaining({ value: 2, name: 'right kidney' }),
      ]);
      await opened.close();
      const bytes = readFileSync(join(workspace.itemPath('predictions', layer), 'entropy.raw'));
      expect(bytes.length).toBe(expected.labels.voxels.length);
      expected.entropy?.voxels.forEach((value, v) => {
        if (v % 97 === 0) expect(bytes[v]).toBe(Math.round((255 * value) / 65535));
      });
      const grown = shown.filter((event) => event.kind === 'layer-grown' && event.layer.id === layer);
      expect(grown.length).toBeGreaterThan(0);
      expect(shown.filter((event) => event.kind === 'layer-stored' && event.layer === layer)).toHaveLength(1);
    }
    closeModel(loaded);
    expect(readdirSync(join(workspace.cachePath, 'growing'))).toEqual([]);
    expect(context.progress.at(-1)).toMatchObject({ done: 2, total: 2 });
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const context = contextOf(workspace);
    const before = (await workspace.layers(scans[0] ?? '')).found.length;
    let breaths = 0;
    const breathe = async (): Promise<void> => {
      if (++breaths === 3) context.abort.abort();
      await context.breathe();
    };
    const work = handlers.segment({ model, scans, entropy: false }, { ...context, breathe });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect((await workspace.layers(scans[0] ?? '')).found).toHaveLength(before);
    expect(readdirSync(join(workspace.cachePath, 'growing'))).toEqual([]);
  });

  it('refuses a model that is not there, and keeps no tensor once its memory is cleared', async () => {
    await expect(handlers.segment({ model: '0'.repeat(16), scans, entropy: false }, contextOf(workspace))).rejects.toMatchObject({
      code: 'not-found',
    });
    engineMemoryOf(workspace).clear();
    await new Promise((resolve) => setImmediate(resolve));
    expect(memory().tensors).toBe(tensors);
  });
});
