import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../core/compute/index.ts';
import { indexIJK, indexToPoint, readScan, type Triple } from '../../../core/imaging/index.ts';
import { applyDelta } from '../../../core/labelling/index.ts';
import { decodedDelta } from '../../../core/labelling/delta-bytes.ts';
import { engineRequests, type EngineInput } from '../../../core/service/api/engine.ts';
import { engineMemoryOf } from '../../../core/service/engine/handlers/engine-memory.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { cli, smallDataset, tinyPretraining } from '../../cli/support.ts';
import { contextOf, newWorkspace, sample, sampleLabels, temporary } from './support.ts';

const folder = temporary();
const name = 'hippocampus_025';
let workspace: Workspace;
let scan: string;
let model: string;
let voxels: number;
/** A voxel deep in the hippocampus, and one far from it. */
let inside: [number, number, number];
let outside: [number, number, number];

beforeAll(async () => {
  await startBackend();
  const data = smallDataset(2);
  const run = join(folder, 'run');
  await cli(['pretrain', '--data', data, '--out', run, '--epochs', '1', '--seed', '5', ...tinyPretraining, '--json']);
  rmSync(data, { recursive: true });
  workspace = await newWorkspace(folder);
  scan = (await handlers.import({ paths: [sample(name)] }, contextOf(workspace))).scans?.[0] ?? '';
  model = (await handlers['import-model']({ paths: [run] }, contextOf(workspace))).model ?? '';
  const { volume } = await readScan(sampleLabels(name));
  const { dims } = volume.geometry;
  voxels = volume.voxels.length;
  const at = (i: number, j: number, k: number): number => volume.voxels[i + dims[0] * (j + dims[1] * k)] ?? 0;
  const found = [...volume.voxels.keys()]
    .map((v): Triple => [v % dims[0], Math.floor(v / dims[0]) % dims[1], Math.floor(v / dims[0] / dims[1])])
    .find(([i, j, k]) => [-1, 0, 1].every((a) => [-1, 0, 1].every((b) => [-1, 0, 1].every((c) => at(i + a, j + b, k + c) > 0))));
  const pointAt = (voxel: Triple): [number, number, number] => {
    const [x, y, z] = indexToPoint(volume.geometry, indexIJK(...voxel));
    return [x, y, z];
  };
  inside = pointAt(found ?? [0, 0, 0]);
  outside = pointAt([0, 0, 0]);
}, 180_000);
afterAll(() => engineMemoryOf(workspace).clear());

type Request = EngineInput<'prompts'>;
const ask = async (changes: Partial<Request> = {}) => {
  const request = { model, scan, prompts: [{ kind: 'point', positive: true, point: inside }], ...changes } satisfies Request;
  return engineRequests.prompts.output.parse(await handlers.prompts(request, contextOf(workspace)));
};
const masked = async (changes: Partial<Request>): Promise<Uint8Array> => {
  const answer = await ask(changes);
  if (answer.state === 'missing') throw new Error('the features are missing');
  const labels = new Uint8Array(voxels);
  applyDelta(labels, decodedDelta(Buffer.from(answer.delta, 'base64')));
  expect(labels.reduce((sum, v) => sum + v, 0)).toBe(answer.voxels);
  return labels;
};

describe('prompts', () => {
  it('wait for the features of the scan, which are made once', async () => {
    expect(await ask()).toEqual({ state: 'missing' });
    const context = contextOf(workspace);
    expect(await handlers['prompt-features']({ model, scan }, context)).toEqual({});
    expect(context.progress.at(-1)).toMatchObject({ stage: 'features', done: context.progress.at(-1)?.total });
    const again = contextOf(workspace);
    await handlers['prompt-features']({ model, scan }, again);
    expect(again.progress).toEqual([]);
    expect(await ask({ prompts: [] })).toMatchObject({ state: 'answered', voxels: 0, delta: '' });
  });

  it('are answered by a mask that keeps to them, the same every time', async () => {
    const prompts: Request['prompts'] = [
      { kind: 'point', positive: true, point: inside },
      { kind: 'point', positive: false, point: outside },
    ];
    const mask = await masked({ prompts });
    expect(mask[0]).toBe(0);
    expect(mask.includes(1)).toBe(true);
    expect(await masked({ prompts: [...prompts].reverse() })).toEqual(mask);
    rmSync(join(workspace.cachePath, 'prompt-space'), { recursive: true });
    expect(await ask({ prompts })).toEqual({ state: 'missing' });
    await handlers['prompt-features']({ model, scan }, contextOf(workspace));
    expect(await masked({ prompts })).toEqual(mask);
  });

  it('refuse what is not there, and places outside the scan', async () => {
    await expect(ask({ model: 'f'.repeat(16) })).rejects.toMatchObject({ code: 'not-found' });
    await expect(ask({ checkpoint: 999 })).rejects.toMatchObject({ code: 'not-found' });
    await expect(ask({ scan: 'f'.repeat(24) })).rejects.toMatchObject({ code: 'not-found' });
    const prompts: Request['prompts'] = [{ kind: 'point', positive: true, point: [9999, 0, 0] }];
    await expect(ask({ prompts })).rejects.toMatchObject({ code: 'bad-setting', subject: 'prompts' });
  });

  it('are cancelled, and so are their features', async () => {
    const context = contextOf(workspace);
    context.abort.abort();
    const prompts: Request['prompts'] = [{ kind: 'point', positive: true, point: inside }];
    await expect(handlers.prompts({ model, scan, prompts }, context)).rejects.toMatchObject({ code: 'cancelled' });
    rmSync(join(workspace.cachePath, 'prompt-space'), { recursive: true });
    await expect(handlers['prompt-features']({ model, scan }, context)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await ask({ prompts })).toEqual({ state: 'missing' });
  });
});
