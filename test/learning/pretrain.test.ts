import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask, type Task } from '../../core/base/task.ts';
import { disposeParameters } from '../../core/model/parameters.ts';
import { memory, startBackend, type Backend } from '../../core/compute/index.ts';
import { loadPretrainedRun, pretrain, resumePretrain, type PretrainSettings } from '../../core/learning/index.ts';
import { checkpointBytes, recorded, smallData, temporary, tinyPretraining } from './support/tiny.ts';

let backend: Backend;
let data: string;
let work: string;

beforeAll(async () => {
  backend = await startBackend();
  data = smallData(4);
  work = temporary();
}, 180_000);
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

const options = (name: string, settings: PretrainSettings, seed = 3) => ({ data, out: join(work, name), settings, seed, backend });

describe('pre-training', () => {
  // Two scans a step give two rows of the teacher and six of the student: fewer than eight, so moments run along.
  it.each([
    ['running moments', {}],
    ['no consistency', { beta: 0 }],
    ['no guard against collapse', { antiCollapse: 'none', globals: 2 }],
    ['rows enough for moments of their own', { batch: 4, globals: 2, epochs: 8 }],
    ['running centre, DINO head', { antiCollapse: 'centre', head: { kind: 'dino', hidden: 16, bottleneck: 6, out: 8 } }],
    ['Sinkhorn, own pairs', { antiCollapse: 'sinkhorn', pairs: 'own', globals: 2 }],
    [
      'head of the student, one factor, warm temperature',
      { teacherHead: 'student', scaleDraw: 'one-factor', teacherTemperatureStart: 0.02, teacherTemperatureShare: 0.6, emaEnd: 0.999 },
    ],
    ['standardised patches, decorrelated', { consistencyOf: 'patches', decorrelation: 1 }],
    ['local views alone', { globals: 0, beta: 0, lossPatches: 'all' }],
    ['global views alone', { locals: 0, normaliseTargets: true }],
    ['mae', { method: 'mae', crops: 2 }],
    ['simmim', { method: 'simmim', crops: 2 }],
  ])('4 + 4 steps are 8 steps, bit for bit, and leave no tensor behind: %s', async (name, changes) => {
    const settings = tinyPretraining(changes);
    const before = memory();
    const [whole, parts] = [options(`${name} whole`, settings), options(`${name} parts`, settings)];
    await pretrain(whole, silentTask);
    await pretrain({ ...parts, stopAfter: 4 }, silentTask);
    expect(readdirSync(join(parts.out, 'checkpoints'))).toEqual(['step-4.safetensors']);
    await resumePretrain(parts.out, silentTask);
    expect(checkpointBytes(parts.out, 8).equals(checkpointBytes(whole.out, 8))).toBe(true);
    const metrics = await recorded(whole.out);
    expect(metrics.map((m) => m['step'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await recorded(parts.out)).toEqual(metrics);
    expect(memory()).toEqual(before);
  });

  it('goes another way with another seed', async () => {
    const [a, b] = [options('seed 1', tinyPretraining({ epochs: 1 }), 1), options('seed 2', tinyPretraining({ epochs: 1 }), 2)];
    await pretrain(a, silentTask);
    await pretrain(b, silentTask);
    expect((await recorded(a.out)).map((m) => m['loss'])).not.toEqual((await recorded(b.out)).map((m) => m['loss']));
  });

  it('never reads a label', async () => {
    const unlabelled = smallData(2);
    rmSync(join(unlabelled, 'labels'), { recursive: true });
    const [withLabels, without] = [smallData(2), unlabelled];
    const settings = tinyPretraining({ epochs: 2 });
    await pretrain({ ...options('with labels', settings), data: withLabels }, silentTask);
    await pretrain({ ...options('without labels', settings), data: without }, silentTask);
    expect(checkpointBytes(join(work, 'with labels'), 2).equals(checkpointBytes(join(work, 'without labels'), 2))).toBe(true);
    for (const folder of [withLabels, without]) rmSync(folder, { recursive: true });
  });

  it('keeps a checkpoint when it is cancelled, even before the first step', async () => {
    const controller = new AbortController();
    controller.abort();
    const before = memory();
    const o = options('cancelled', tinyPretraining());
    await expect(pretrain(o, { ...silentTask, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(o.out, 'checkpoints'))).toEqual(['step-1.safetensors']);
    await resumePretrain(o.out, silentTask);
    const whole = options('not cancelled', tinyPretraining());
    await pretrain(whole, silentTask);
    expect(checkpointBytes(o.out, 8).equals(checkpointBytes(whole.out, 8))).toBe(true);
    expect(memory()).toEqual(before);
  });

  it('stops at a loss that is not finite and names the last good checkpoint', async () => {
    const o = options('diverged', { ...tinyPretraining({ warmupShare: 0, checkpointSeconds: 1e-9, epochs: 50 }), learningRate: 1e25 });
    const before = memory();
    const error = await pretrain(o, silentTask).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'not-finite', subject: o.out });
    const last = readdirSync(join(o.out, 'checkpoints')).map((name) => Number(/\d+/.exec(name)?.[0]));
    const { advice } = error as { advice: string };
    expect(advice).toContain(join(o.out, 'checkpoints', `step-${Math.max(...last)}.safetensors`));
    expect((await recorded(o.out)).at(-1)).toMatchObject({ step: Math.max(...last) + 1, loss: 'NaN' });
    expect(memory()).toEqual(before);
  });

  it('keeps the newest two checkpoints', async () => {
    const o = options('pruned', tinyPretraining({ checkpointSeconds: 1e-9 }));
    await pretrain(o, silentTask);
    expect(readdirSync(join(o.out, 'checkpoints')).sort()).toEqual(['step-7.safetensors', 'step-8.safetensors']);
    const before = memory();
    const run = await loadPretrainedRun(o.out);
    expect(run.step).toBe(8);
    disposeParameters(run.parameters);
    expect(memory()).toEqual(before);
  });

  it('tells its progress', async () => {
    const seen: string[] = [];
    const task: Task = { ...silentTask, progress: ({ stage, done, total }) => seen.push(`${stage} ${done}/${total}`) };
    await pretrain(options('progress', tinyPretraining({ epochs: 1 })), task);
    expect(seen).toEqual(['pre-train 1/2', 'pre-train 2/2']);
  });

  it('refuses to go on without one of its scans', async () => {
    const own = smallData(2);
    const o = { ...options('scan gone', tinyPretraining()), data: own };
    await pretrain({ ...o, stopAfter: 1 }, silentTask);
    rmSync(join(own, 'images', readdirSync(join(own, 'images'))[0] ?? ''));
    await expect(resumePretrain(o.out, silentTask)).rejects.toMatchObject({ code: 'no-data', subject: own });
    rmSync(own, { recursive: true });
  });

  it.each([
    ['globalSize', { globalSize: [20, 24, 16] }],
    ['localSize', { localSize: [8, 8, 8] }],
    ['encoder.width', { encoder: { width: 25, heads: 2, patch: [8, 8, 8] } }],
    ['decoder.width', { decoder: { width: 25, heads: 2 } }],
    ['encoder.channels', { encoder: { width: 24, heads: 2, patch: [8, 8, 8], channels: 3 } }],
  ])('refuses a bad %s before it makes a folder', async (subject, changes) => {
    await expect(pretrain(options('refused', tinyPretraining(changes)), silentTask)).rejects.toMatchObject({
      code: 'bad-setting',
      subject,
    });
    expect(readdirSync(work)).not.toContain('refused');
  });
});
