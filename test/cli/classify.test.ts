import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, errorOf, json } from './support.ts';
import { trainedRuns, type TrainedRuns } from './support-runs.ts';

let runs: TrainedRuns;
let table: string;
beforeAll(async () => {
  runs = await trainedRuns();
  const ids = readdirSync(join(runs.data, 'images')).map((name) => name.replace(/\.nii\.gz$/, ''));
  table = join(runs.work, 'findings.csv');
  writeFileSync(table, ['id,large,rare', ...ids.map((id, i) => `${id},${i % 2},`)].join('\n'));
});
afterAll(() => runs.remove());

describe('classify', () => {
  it('trains on a table of findings and goes on where it ended', async () => {
    const out = join(runs.work, 'classifier');
    const args = ['classify', '--data', runs.data, '--labels', table, '--init', runs.pretrained, '--out', out, '--epochs', '2', '--json'];
    const trained = await cli([...args, '--set', 'batch=2', '--set', 'validationShare=0.34', '--set', 'validateEvery=1']);
    expect(trained.stderr).not.toContain('tessera:');
    expect(trained.status).toBe(0);
    expect(json(trained)).toMatchObject({ run: out, model: join(out, 'model') });
    expect(readdirSync(join(out, 'model')).sort()).toEqual(['classifier.json', 'weights.safetensors']);
    const again = await cli(['classify', '--out', out, '--resume', '--json']);
    expect(json(again)).toEqual(json(trained));
    expect(json(await cli(['info', out, '--json']))).toMatchObject({ kind: 'run' });
    expect(errorOf(await cli(['finetune', '--out', out, '--resume', '--json']))).toMatchObject({
      advice: 'Use: tessera classify --resume',
    });
  });

  it.each([
    [['--labels', 'none.csv'], 'not-found', 'none.csv'],
    [[], 'usage', '--labels'],
  ])('refuses %j', async (args, code, subject) => {
    const out = join(runs.work, 'refused');
    const result = await cli(['classify', '--data', runs.data, '--init', runs.pretrained, '--out', out, ...args, '--json']);
    expect(errorOf(result)).toMatchObject({ code, subject: expect.stringContaining(subject) as string });
  });

  it('starts from pre-training only', async () => {
    const out = join(runs.work, 'refused');
    const result = await cli(['classify', '--data', runs.data, '--labels', table, '--init', runs.data, '--out', out, '--json']);
    expect(errorOf(result)).toMatchObject({ code: 'bad-model', subject: runs.data });
  });
});
