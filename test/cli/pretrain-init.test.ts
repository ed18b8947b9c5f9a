import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli, errorOf, smallDataset, temporaryFolder, tinyPretraining } from './support.ts';

let work: string;
let data: string;

beforeAll(() => {
  work = temporaryFolder();
  data = smallDataset(2);
});
afterAll(() => {
  for (const folder of [work, data]) rmSync(folder, { recursive: true, force: true });
});

it('pretrain --init goes on with an earlier run, whose networks need not be described again', async () => {
  const [first, second] = [join(work, 'first'), join(work, 'second')];
  const begin = await cli(['pretrain', '--data', data, '--out', first, ...tinyPretraining, '--epochs', '1', '--json']);
  expect(begin).toMatchObject({ status: 0 });
  const sizes = ['--set', 'globalSize=16,24,16', '--set', 'localSize=8,16,16', '--set', 'locals=2'];
  const result = await cli(['pretrain', '--data', data, '--out', second, '--init', first, '--epochs', '1', ...sizes, '--json']);
  expect(result).toMatchObject({ status: 0 });
  const run = JSON.parse(readFileSync(join(second, 'run.json'), 'utf8')) as { settings: object; extra: object };
  expect(run.settings).toMatchObject({
    encoder: { width: 24, depth: 3, heads: 2, patch: [8, 8, 8] },
    decoder: { width: 12 },
    head: { out: 8 },
  });
  expect(run.extra).toMatchObject({ init: first });
  expect(readFileSync(join(second, 'log.txt'), 'utf8')).toMatch(/begins with the encoder of .* after 1 steps: \d+ weights taken, 0 fresh/);
  const resumed = await cli(['pretrain', '--out', second, '--init', first, '--resume', '--json']);
  expect(errorOf(resumed)).toMatchObject({ code: 'usage', subject: '--init' });
  const nowhere = await cli(['pretrain', '--data', data, '--out', join(work, 'third'), '--init', join(work, 'nothing'), '--json']);
  expect(errorOf(nowhere)).toMatchObject({ code: 'bad-model' });
}, 120_000);
