import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { RunFolder, type Metrics } from '../../core/learning/index.ts';
import { trainingLoop } from '../../core/learning/training-loop.ts';
import { startBackend } from '../../core/compute/index.ts';
import { temporary } from './support/tiny.ts';

let work: string;
beforeAll(async () => {
  await startBackend();
  work = temporary();
}, 180_000);
afterAll(() => {
  rmSync(work, { recursive: true });
});

const newRun = (name: string): Promise<RunFolder> =>
  RunFolder.create(join(work, name), {
    schema: 'tessera-run/1',
    kind: 'pretrain',
    settings: {},
    seed: 1,
    data: { folder: work, cases: [] },
    versions: {},
    started: '',
    extra: {},
  });

/** Steps whose gradient norms are given; the rest have 1. */
const loop = (run: RunFolder, norms: Readonly<Record<number, number>>, from: number, total: number): Promise<void> =>
  trainingLoop({
    run,
    task: silentTask,
    stage: 'test',
    from,
    total,
    stepsPerEpoch: 1000,
    checkpointSeconds: 1000,
    step: (step): Promise<Metrics & { loss: number }> => Promise.resolve({ loss: 0.5, gradientNorm: norms[step] ?? 1 }),
    state: (done) => ({ tensors: new Map(), numbers: { step: done } }),
  });
const without = (n: number, from = 0): Record<number, number> =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [from + i, i % 2 === 0 ? Number.NaN : Infinity]));

describe('steps whose gradient is not finite', () => {
  it('are logged and counted, and the run goes on', async () => {
    const run = await newRun('counted');
    await loop(run, { 2: Number.NaN, 5: Infinity }, 0, 8);
    const lines = await run.metrics();
    expect(lines.map((m) => m['skippedSteps'])).toEqual([0, 0, 1, 1, 1, 2, 2, 2]);
    expect(lines.map((m) => m['gradientNorm'])).toEqual([1, 1, 'NaN', 1, 1, 'Infinity', 1, 1]);
    const log = readFileSync(join(run.path, 'log.txt'), 'utf8').trim().split('\n');
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(/warning: .*step 3\b/);
    expect(log[1]).toMatch(/warning: .*step 6\b/);
  });

  it('end the run at the tenth in a row, with the last good checkpoint named', async () => {
    const run = await newRun('ended');
    await loop(run, {}, 0, 3);
    const error: unknown = await loop(run, without(20, 3), 3, 30).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'not-finite', subject: run.path });
    expect((error as { advice: string }).advice).toContain('step-3.safetensors');
    expect((await run.metrics()).at(-1)).toMatchObject({ step: 13, skippedSteps: 10 });
    expect(readdirSync(join(run.path, 'checkpoints'))).toEqual(['step-3.safetensors']);
  });

  it('do not end it while one in ten is finite', async () => {
    const run = await newRun('nine');
    await loop(run, { ...without(9), ...without(9, 10) }, 0, 25);
    expect((await run.metrics()).at(-1)).toMatchObject({ step: 25, skippedSteps: 18 });
  });

  it('count on where the run goes on', async () => {
    const run = await newRun('resumed');
    await loop(run, without(6), 0, 6);
    await expect(loop(run, without(6, 6), 6, 30)).rejects.toMatchObject({ code: 'not-finite' });
    expect((await run.metrics()).at(-1)).toMatchObject({ step: 10, skippedSteps: 10 });
  });
});
