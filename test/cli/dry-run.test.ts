import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../../core/learning/index.ts';
import { cli, errorOf, json, smallDataset, temporaryFolder, tinyPretraining } from './support.ts';

let data: string;
let work: string;
beforeAll(() => {
  data = smallDataset(3);
  work = temporaryFolder();
});
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

const pretrain = (out: string, ...more: string[]): string[] => [
  'pretrain',
  '--data',
  data,
  '--out',
  join(work, out),
  ...tinyPretraining,
  '--epochs',
  '2',
  ...more,
];

describe('pretrain --dry-run', () => {
  it('says what a run would take, and starts none', async () => {
    const result = await cli(pretrain('dry', '--dry-run', '--json'));
    expect(result.status).toBe(0);
    expect(json(result)).toMatchObject({ fits: true, steps: 4, trial: { isWhole: true } });
    expect(existsSync(join(work, 'dry'))).toBe(false);
    const said = (await cli(pretrain('dry', '--dry-run'))).stdout;
    for (const line of [/^memory {4}about [\d.]+ GB of [\d.]+ GB: it fits$/m, /^step {6}about [\d.]+ s/m, /^run {7}4 steps, about/m])
      expect(said).toMatch(line);
  }, 180_000);
});

describe('a run that there is no memory for', () => {
  const huge = ['--set', 'batch=512', '--set', 'globals=8', '--set', 'globalSize=320x320x320'];

  it('is refused with what it would take, before anything is written', async () => {
    const result = await cli(pretrain('huge', ...huge, '--json'));
    expect(result.status).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'out-of-memory', subject: 'the run' });
    expect(errorOf(result).message).toMatch(/^would take about .* GB of memory; this machine has .* GB\.$/);
    expect(existsSync(join(work, 'huge'))).toBe(false);
  });
});

describe('pretrain --probe-data', () => {
  it('scores the encoder on labelled scans, and does not go with --resume', async () => {
    const out = join(work, 'probed');
    const result = await cli(pretrain('probed', '--probe-data', data, '--set', 'probeEvery=1', '--json'));
    expect(result.status).toBe(0);
    expect(json(result)).toMatchObject({ steps: 4, health: [] });
    const { run, document } = await RunFolder.open(out);
    const probes = (await run.metrics()).filter((line) => line['event'] === 'probe');
    expect(probes.map((line) => line['step'])).toEqual([0, 2, 4]);
    expect(document.extra['probe']).toMatchObject({ folder: data });
    const resumed = await cli(['pretrain', '--out', out, '--resume', '--probe-data', data, '--json']);
    expect(errorOf(resumed)).toMatchObject({ code: 'usage', subject: '--probe-data' });
  }, 180_000);
});
