import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { RunFolder } from '../../core/learning/index.ts';
import { cli, errorOf, json } from './support.ts';
import { trainedRuns, type TrainedRuns } from './support-runs.ts';

let runs: TrainedRuns;
beforeAll(async () => {
  runs = await trainedRuns();
});
afterAll(() => runs.remove());

describe('pretrain', () => {
  it('writes a run that says what was run', async () => {
    const { document } = await RunFolder.open(runs.pretrained);
    expect(document).toMatchObject({ kind: 'pretrain', seed: 5, settings: { encoder: { width: 24 }, epochs: 2, beta: 1 } });
    expect(document.data.cases).toHaveLength(3);
    const info = json(await cli(['info', runs.pretrained, '--json']));
    expect(info).toMatchObject({ kind: 'run', checkpoints: [4] });
  });

  it('goes on after a cancellation exactly as if it had not stopped, bit for bit', async () => {
    const out = join(runs.work, 'resumed');
    const controller = new AbortController();
    const cancelled = cli(runs.pretrain(out, 2), controller.signal);
    while (!existsSync(join(out, 'log.txt'))) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort();
    const first = await cancelled;
    expect(first.status).toBe(130);
    expect(first.stderr).toContain(`tessera pretrain --out ${out} --resume`);
    const { run } = await RunFolder.open(out);
    const stopped = (await run.checkpoints()).at(-1) ?? 0;
    expect(stopped).toBeGreaterThan(0);
    expect(stopped).toBeLessThan(4);
    const second = await cli(['pretrain', '--out', out, '--resume', '--json']);
    expect(second.status).toBe(0);
    expect(json(second)).toMatchObject({ steps: 4 });
    const checkpoint = (folder: string): Buffer => readFileSync(join(folder, 'checkpoints', 'step-4.safetensors'));
    expect(checkpoint(out).equals(checkpoint(runs.pretrained))).toBe(true);
    const losses = async (folder: string) => (await (await RunFolder.open(folder)).run.metrics()).map((m) => m['loss']);
    expect(await losses(out)).toEqual(await losses(runs.pretrained));
  });

  it('refuses a folder that holds a run, and leaves it as it is', async () => {
    const before = readFileSync(join(runs.pretrained, 'run.json'));
    const result = await cli([...runs.pretrain(runs.pretrained, 1), '--json']);
    expect(result.status).toBe(1);
    expect(errorOf(result)).toMatchObject({ subject: runs.pretrained, advice: 'Continue it with --resume or give another --out.' });
    expect(readFileSync(join(runs.pretrained, 'run.json')).equals(before)).toBe(true);
  });

  it.each([
    [['--resume', '--set', 'batch=3'], 2, '--set'],
    [['--resume', '--epochs', '9'], 2, '--epochs'],
  ])('keeps the settings of a run: %j', async (args, status, subject) => {
    const result = await cli(['pretrain', '--out', runs.pretrained, ...args, '--json']);
    expect(result.status).toBe(status);
    expect(errorOf(result).subject).toBe(subject);
  });

  it('tells a run of the other kind', async () => {
    const result = await cli(['pretrain', '--out', runs.finetuned, '--resume', '--json']);
    expect(result.status).toBe(2);
    expect(errorOf(result).message).toContain('finetune');
  });

  it.each([
    ['mae', /^student\/decoder\./],
    ['simmim', /^student\/simmim\./],
  ])('has %s, without teacher and head, and reconstructs by it', async (method, own) => {
    const out = join(runs.work, method);
    const trained = await cli([...runs.pretrain(out, 1), '--method', method, '--set', 'cropSize=16,16,16', '--json']);
    expect(trained.stderr).not.toContain('tessera:');
    expect(json(trained)).toMatchObject({ steps: 2, last: { step: 2, skippedSteps: 0 } });
    const { run, document } = await RunFolder.open(out);
    expect(document.settings['method']).toBe(method);
    const checkpoint = await readSafetensors(run.checkpointPath('step-2'));
    expect(checkpoint.names.some((name) => own.test(name))).toBe(true);
    expect(checkpoint.names.filter((name) => /head|teacher/.test(name))).toEqual([]);
    await checkpoint.close();

    const scan = join(runs.data, 'images', readdirSync(join(runs.data, 'images'))[0] ?? '');
    const reconstruct = ['reconstruct', scan, '--model', out, '--out', join(runs.work, `${method} reconstruction`)];
    const answer = json(await cli([...reconstruct, '--json'])) as { numbers: Record<string, unknown>; note?: string };
    expect(answer).toMatchObject({ method, view: 'crop', numbers: { patches: 8, masked: 6 } });
    for (const number of ['mse', 'meanOfVisibleMse', 'nearestVisibleMse', 'improvement', 'improvementOnNearest'])
      expect(answer.numbers[number]).toSatisfy(Number.isFinite);
    expect(answer.note === undefined).toBe(method === 'simmim');
    const table = (await cli(reconstruct)).stdout;
    for (const line of ['the network', 'mean of what is visible', 'nearest visible patch']) expect(table).toContain(line);
    expect(errorOf(await cli([...reconstruct, '--view', 'global', '--json'])).code).toBe('bad-setting');
  });
});
