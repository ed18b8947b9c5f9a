import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { RunFolder } from '../../core/learning/index.ts';
import { cli, errorOf, json, tinyFinetuning } from './support.ts';
import { trainedRuns, type TrainedRuns } from './support-runs.ts';

let runs: TrainedRuns;
beforeAll(async () => {
  runs = await trainedRuns();
});
afterAll(() => runs.remove());

describe('finetune', () => {
  it('takes the encoder settings from the run it starts from', async () => {
    const { document } = await RunFolder.open(runs.finetuned);
    expect(document.settings).toMatchObject({ width: 24, depth: 3, heads: 2, patch: [8, 8, 8] });
    expect(document.data.cases.map((c) => c.use).sort()).toEqual(['training', 'training', 'validation']);
    const info = json(await cli(['info', join(runs.finetuned, 'model'), '--json']));
    expect(info).toMatchObject({
      kind: 'model',
      labels: [
        { value: 0, name: 'background' },
        { value: 1, name: 'anterior' },
        { value: 2, name: 'posterior' },
      ],
    });
  });

  it('uses the cases that a file names', async () => {
    const list = join(runs.work, 'cases.txt');
    const names = readdirSync(join(runs.data, 'images')).map((name) => name.replace('.nii.gz', ''));
    writeFileSync(list, `${names[0] ?? ''}\n`);
    const out = join(runs.work, 'one-case');
    const args = [
      'finetune',
      '--data',
      runs.data,
      '--out',
      out,
      '--cases',
      list,
      '--epochs',
      '1',
      '--set',
      'width=24',
      '--set',
      'depth=4',
      '--set',
      'heads=2',
    ];
    expect((await cli([...args, ...tinyFinetuning])).status).toBe(0);
    const { document } = await RunFolder.open(out);
    expect(document.data.cases.map(({ id, use }) => ({ id, use }))).toEqual([{ id: names[0], use: 'training' }]);
    writeFileSync(list, '["nobody"]');
    const wrong = await cli([...args.map((a) => (a === out ? join(runs.work, 'none') : a)), ...tinyFinetuning, '--json']);
    expect(wrong.status).toBe(1);
    expect(errorOf(wrong)).toMatchObject({ code: 'no-data', subject: 'nobody' });
    expect(existsSync(join(runs.work, 'none'))).toBe(false);
  });

  it('goes on from a model, with its crop and features', async () => {
    const out = join(runs.work, 'from-model');
    const result = await cli([
      'finetune',
      '--data',
      runs.data,
      '--out',
      out,
      '--init',
      join(runs.finetuned, 'model'),
      '--epochs',
      '1',
      '--freeze-encoder',
    ]);
    expect(result.status).toBe(0);
    const { document } = await RunFolder.open(out);
    expect(document.settings).toMatchObject({ width: 24, size: [16, 24, 16], features: 4, freezeEncoder: true });
    const [before, after] = [
      await readSafetensors(join(runs.finetuned, 'model', 'weights.safetensors')),
      await readSafetensors(join(out, 'model', 'weights.safetensors')),
    ];
    for (const name of after.names.filter((n) => n.startsWith('vit.')))
      expect(await after.float32(name), name).toEqual(await before.float32(name));
    expect(await after.float32('out.conv.conv.weight')).not.toEqual(await before.float32('out.conv.conv.weight'));
    await before.close();
    await after.close();
  });

  it('refuses weights of another width before it makes a run', async () => {
    const out = join(runs.work, 'misfit');
    const result = await cli([
      'finetune',
      '--data',
      runs.data,
      '--out',
      out,
      '--init',
      runs.pretrained,
      '--json',
      '--set',
      'width=48',
      ...tinyFinetuning,
    ]);
    expect(result.status).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'bad-model', subject: runs.pretrained });
  });
});
