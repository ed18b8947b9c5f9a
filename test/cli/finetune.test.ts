import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

describe('finetune --network segresnet', () => {
  const args = (out: string): string[] => [
    ...['finetune', '--data', runs.data, '--out', out, '--network', 'segresnet', '--epochs', '1', '--json'],
    ...['--set', 'size=16,24,16', '--set', 'crops=1', '--set', 'validationShare=0', '--set', 'overlap=0'],
  ];

  it('trains it from scratch, with what it shares of a recipe, and segments with it', async () => {
    const out = join(runs.work, 'segresnet');
    const result = await cli([...args(out), '--recipe', 'hippocampus']);
    expect(result.stderr).not.toContain('tessera:');
    const { document } = await RunFolder.open(out);
    expect(document.settings).toMatchObject({ network: 'segresnet', filters: 8, preparation: { foreground: false } });
    for (const name of ['width', 'patch', 'layerDecay', 'freezeEncoder', 'positions']) expect(document.settings).not.toHaveProperty(name);
    expect(json(await cli(['info', join(out, 'model'), '--json']))).toMatchObject({ kind: 'model', network: 'segresnet' });
    const scan = join(runs.data, 'images', readdirSync(join(runs.data, 'images'))[0] ?? '');
    const segmented = await cli(['segment', scan, '--model', out, '--out', join(runs.work, 'segresnet labels'), '--json']);
    expect((json(segmented) as { outputs: unknown[] }).outputs).toHaveLength(1);
  });

  it.each([
    [['--init', 'somewhere'], 2, 'usage', '--init'],
    [['--freeze-encoder'], 2, 'usage', '--freeze-encoder'],
    [['--set', 'filtres=8'], 2, 'bad-setting', 'filtres'],
    [['--set', 'layerDecay=0.5'], 2, 'bad-setting', 'layerDecay'],
    [['--set', 'size=12,24,16'], 2, 'bad-setting', 'size'],
  ])('refuses %j', async (more, status, code, subject) => {
    const out = join(runs.work, 'refused');
    const result = await cli([...args(out), ...more]);
    expect(result.status).toBe(status);
    expect(errorOf(result)).toMatchObject({ code, subject });
    if (subject === 'filtres') expect(errorOf(result).advice).toContain('filters');
    expect(existsSync(out)).toBe(false);
  });

  it('keeps its network: --resume takes no other', async () => {
    const result = await cli(['finetune', '--out', runs.finetuned, '--resume', '--network', 'segresnet', '--json']);
    expect(result.status).toBe(2);
    expect(errorOf(result).subject).toBe('--network');
  });
});

describe('which cases finetune uses', () => {
  const small = ['--set', 'width=24', '--set', 'depth=4', '--set', 'heads=2', ...tinyFinetuning];
  const args = (out: string, ...more: string[]): string[] => [
    ...['finetune', '--data', runs.data, '--out', join(runs.work, out), '--epochs', '1', '--json'],
    ...small,
    ...more,
  ];
  const ids = (): string[] => readdirSync(join(runs.data, 'images')).map((name) => name.replace('.nii.gz', ''));

  it('says that an id named twice counts once', async () => {
    const list = join(runs.work, 'twice.txt');
    writeFileSync(list, `${ids()[0]}\n${ids()[1]}\n${ids()[0]}\n`);
    const result = await cli(args('twice', '--cases', list, '--set', 'validationShare=0'));
    expect(result.status).toBe(0);
    expect(result.stderr).toContain('names twice count once');
    const { document } = await RunFolder.open(join(runs.work, 'twice'));
    expect(document.data.cases).toHaveLength(2);
  });

  it.each(['0', '-1', '1.5', 'many'])('refuses --label-count %s and says what it takes', async (count) => {
    const result = await cli(args('none', '--label-count', count));
    expect(result.status).toBe(2);
    expect(errorOf(result).message).toContain('It takes a whole number from 1.');
  });

  it('leaves locked test cases out, says how many, and refuses to take one', async () => {
    const lock = join(runs.data, 'split.json');
    writeFileSync(lock, JSON.stringify({ test: [ids()[0]] }));
    try {
      const result = await cli(args('locked', '--set', 'validationShare=0'));
      expect(result.stderr).toContain('locks 1 cases away for testing');
      const { document } = await RunFolder.open(join(runs.work, 'locked'));
      expect(document.data.cases.map((c) => c.id).sort()).toEqual(ids().slice(1));
      expect(document.data.lock?.test).toEqual([ids()[0]]);
      const list = join(runs.work, 'locked.json');
      writeFileSync(list, JSON.stringify(ids()));
      const refused = await cli(args('refused', '--cases', list));
      expect(refused.status).toBe(1);
      expect(errorOf(refused)).toMatchObject({ code: 'test-case', subject: ids()[0] });
    } finally {
      rmSync(lock);
    }
  });
});
