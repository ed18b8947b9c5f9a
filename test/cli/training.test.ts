import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan, sameGrid } from '../../core/imaging/index.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { RunFolder } from '../../core/learning/index.ts';
import { cli, errorOf, json, samples, smallDataset, temporaryFolder, tinyFinetuning, tinyPretraining } from './support.ts';

const folders: string[] = [];
const keep = (folder: string): string => {
  folders.push(folder);
  return folder;
};
let data: string;
let work: string;
let pretrained: string;
let finetuned: string;

const pretrainArgs = (out: string, epochs: number): string[] => [
  'pretrain',
  '--data',
  data,
  '--out',
  out,
  '--epochs',
  String(epochs),
  '--seed',
  '5',
  ...tinyPretraining,
];

beforeAll(async () => {
  data = keep(smallDataset(3));
  work = keep(temporaryFolder());
  pretrained = join(work, 'pretrained');
  finetuned = join(work, 'finetuned');
  // Two scans a step: two steps an epoch.
  const first = await cli([...pretrainArgs(pretrained, 2), '--json']);
  expect(first.stderr).not.toContain('tessera:');
  expect(json(first)).toMatchObject({ run: pretrained, steps: 4 });
  const second = await cli([
    'finetune',
    '--data',
    data,
    '--out',
    finetuned,
    '--init',
    pretrained,
    '--epochs',
    '2',
    '--json',
    ...tinyFinetuning,
  ]);
  expect(second.stderr).not.toContain('tessera:');
  expect(json(second)).toMatchObject({ model: join(finetuned, 'model') });
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('pretrain', () => {
  it('writes a run that says what was run', async () => {
    const { document } = await RunFolder.open(pretrained);
    expect(document).toMatchObject({ kind: 'pretrain', seed: 5, settings: { encoder: { width: 24 }, epochs: 2, beta: 1 } });
    expect(document.data.cases).toHaveLength(3);
    const info = json(await cli(['info', pretrained, '--json']));
    expect(info).toMatchObject({ kind: 'run', checkpoints: [4] });
  });

  it('goes on after a cancellation exactly as if it had not stopped, bit for bit', async () => {
    const out = join(work, 'resumed');
    const controller = new AbortController();
    const cancelled = cli(pretrainArgs(out, 2), controller.signal);
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
    expect(checkpoint(out).equals(checkpoint(pretrained))).toBe(true);
    const losses = async (folder: string) => (await (await RunFolder.open(folder)).run.metrics()).map((m) => m['loss']);
    expect(await losses(out)).toEqual(await losses(pretrained));
  });

  it('refuses a folder that holds a run, and leaves it as it is', async () => {
    const before = readFileSync(join(pretrained, 'run.json'));
    const result = await cli([...pretrainArgs(pretrained, 1), '--json']);
    expect(result.status).toBe(1);
    expect(errorOf(result)).toMatchObject({ subject: pretrained, advice: 'Continue it with --resume or give another --out.' });
    expect(readFileSync(join(pretrained, 'run.json')).equals(before)).toBe(true);
  });

  it.each([
    [['--resume', '--set', 'batch=3'], 2, '--set'],
    [['--resume', '--epochs', '9'], 2, '--epochs'],
  ])('keeps the settings of a run: %j', async (args, status, subject) => {
    const result = await cli(['pretrain', '--out', pretrained, ...args, '--json']);
    expect(result.status).toBe(status);
    expect(errorOf(result).subject).toBe(subject);
  });

  it('tells a run of the other kind', async () => {
    const result = await cli(['pretrain', '--out', finetuned, '--resume', '--json']);
    expect(result.status).toBe(2);
    expect(errorOf(result).message).toContain('finetune');
  });

  it('has a plain MAE without teacher and consistency', async () => {
    const out = join(work, 'mae');
    expect((await cli([...pretrainArgs(out, 1), '--method', 'mae'])).status).toBe(0);
    const { run, document } = await RunFolder.open(out);
    expect(document.settings['beta']).toBe(0);
    const checkpoint = await readSafetensors(run.checkpointPath('step-2'));
    expect(checkpoint.names.filter((name) => name.startsWith('student/head'))).toEqual([]);
    await checkpoint.close();
  });
});

describe('finetune', () => {
  it('takes the encoder settings from the run it starts from', async () => {
    const { document } = await RunFolder.open(finetuned);
    expect(document.settings).toMatchObject({ width: 24, depth: 3, heads: 2, patch: [8, 8, 8] });
    expect(document.data.cases.map((c) => c.use).sort()).toEqual(['training', 'training', 'validation']);
    const info = json(await cli(['info', join(finetuned, 'model'), '--json']));
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
    const list = join(work, 'cases.txt');
    const names = readdirSync(join(data, 'images')).map((name) => name.replace('.nii.gz', ''));
    writeFileSync(list, `${names[0] ?? ''}\n`);
    const out = join(work, 'one-case');
    const args = [
      'finetune',
      '--data',
      data,
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
    const wrong = await cli([...args.map((a) => (a === out ? join(work, 'none') : a)), ...tinyFinetuning, '--json']);
    expect(wrong.status).toBe(1);
    expect(errorOf(wrong)).toMatchObject({ code: 'no-data', subject: 'nobody' });
    expect(existsSync(join(work, 'none'))).toBe(false);
  });

  it('goes on from a model, with its crop and features', async () => {
    const out = join(work, 'from-model');
    const result = await cli([
      'finetune',
      '--data',
      data,
      '--out',
      out,
      '--init',
      join(finetuned, 'model'),
      '--epochs',
      '1',
      '--freeze-encoder',
    ]);
    expect(result.status).toBe(0);
    const { document } = await RunFolder.open(out);
    expect(document.settings).toMatchObject({ width: 24, size: [16, 24, 16], features: 4, freezeEncoder: true });
    const [before, after] = [
      await readSafetensors(join(finetuned, 'model', 'weights.safetensors')),
      await readSafetensors(join(out, 'model', 'weights.safetensors')),
    ];
    for (const name of after.names.filter((n) => n.startsWith('vit.')))
      expect(await after.float32(name), name).toEqual(await before.float32(name));
    expect(await after.float32('out.conv.conv.weight')).not.toEqual(await before.float32('out.conv.conv.weight'));
    await before.close();
    await after.close();
  });

  it('refuses weights of another width before it makes a run', async () => {
    const out = join(work, 'misfit');
    const result = await cli([
      'finetune',
      '--data',
      data,
      '--out',
      out,
      '--init',
      pretrained,
      '--json',
      '--set',
      'width=48',
      ...tinyFinetuning,
    ]);
    expect(result.status).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'bad-model', subject: pretrained });
  });
});

describe('segment, evaluate, reconstruct', () => {
  it('labels scans on their own grid, and evaluates them', async () => {
    const out = join(work, 'labels');
    const segmented = await cli(['segment', join(data, 'images'), '--model', finetuned, '--out', out, '--probabilities', '--json']);
    expect(segmented.status).toBe(0);
    const { outputs, failed } = json(segmented) as {
      outputs: { scan: string; labels: string; probabilities: string; segments: { value: number; name: string; ml: number }[] }[];
      failed: unknown[];
    };
    expect(failed).toEqual([]);
    expect(outputs).toHaveLength(3);
    for (const { scan, labels, probabilities, segments } of outputs) {
      const [image, label] = [await readScan(scan), await readScan(labels)];
      expect(sameGrid(image.volume.geometry, label.volume.geometry, 1e-4)).toBe(true);
      const counts = segments.map(({ value }) => [...label.volume.voxels].filter((v) => v === value).length);
      // 1 mm³ a voxel.
      segments.forEach(({ ml }, i) => expect(ml).toBeCloseTo((counts[i] ?? 0) / 1000, 6));
      const { dims } = image.volume.geometry;
      const file = await readSafetensors(probabilities);
      expect(file.shapeOf('probabilities')).toEqual([3, ...dims]);
      const p = await file.float32('probabilities');
      await file.close();
      const n = dims[0] * dims[1] * dims[2];
      let wrong = 0;
      for (let i = 0; i < dims[0]; i++)
        for (let j = 0; j < dims[1]; j++)
          for (let k = 0; k < dims[2]; k++) {
            const at = (i * dims[1] + j) * dims[2] + k;
            const all = [0, 1, 2].map((c) => p[c * n + at] ?? Number.NaN);
            const best = all.indexOf(Math.max(...all));
            const sum = all.reduce((a, b) => a + b, 0);
            if (Math.abs(sum - 1) > 1e-5 || label.volume.voxels[i + dims[0] * (j + dims[1] * k)] !== best) wrong++;
          }
      expect(wrong).toBe(0);
    }
    const evaluated = await cli(['evaluate', '--reference', data, '--prediction', out, '--json']);
    expect(evaluated.status).toBe(0);
    expect(json(evaluated)).toMatchObject({ schema: 'tessera-evaluation/1', withoutPrediction: [], withoutReference: [] });
    expect((json(evaluated) as { cases: unknown[] }).cases).toHaveLength(3);
  });

  it('goes on with the other scans when one is damaged, and exits with 1', async () => {
    const out = join(work, 'labels-of-two');
    const good = join(samples, 'images', readdirSync(join(samples, 'images'))[0] ?? '');
    const cut = join(work, 'cut-short.nii.gz');
    writeFileSync(cut, readFileSync(good).subarray(0, 5000));
    const result = await cli(['segment', cut, good, '--model', join(finetuned, 'model'), '--out', out, '--json']);
    expect(result.status).toBe(1);
    const { outputs, failed } = json(result) as { outputs: { scan: string }[]; failed: { scan: string; error: { code: string } }[] };
    expect(outputs.map(({ scan }) => scan)).toEqual([good]);
    expect(failed).toMatchObject([{ scan: cut, error: { code: 'bad-file', subject: cut } }]);
    expect(result.stderr).toContain(`tessera: ${cut}: `);
    expect(readdirSync(out)).toHaveLength(1);
    const alone = await cli(['segment', cut, '--model', finetuned, '--out', join(work, 'nothing'), '--json']);
    expect(alone.status).toBe(1);
    expect(errorOf(alone)).toMatchObject({ code: 'bad-file', subject: cut });
    expect(existsSync(join(work, 'nothing'))).toBe(false);
  });

  it.each([
    ['weights.safetensors cut short', (path: string) => truncateSync(path, 20_000), 'weights.safetensors'],
    ['weights.safetensors missing', (path: string) => rmSync(path), 'weights.safetensors'],
  ])('names the file of a model with %s', async (_what, damage, file) => {
    const model = keep(temporaryFolder());
    cpSync(join(finetuned, 'model'), model, { recursive: true });
    damage(join(model, file));
    for (const verb of [
      ['segment', join(data, 'images'), '--model', model, '--out', join(model, 'out')],
      ['info', model],
    ]) {
      const result = await cli([...verb, '--json']);
      expect(result.status).toBe(1);
      expect(errorOf(result)).toMatchObject({ code: 'bad-model', subject: join(model, file) });
      expect(existsSync(join(model, 'out'))).toBe(false);
    }
  });

  it('never overwrites the scan itself', async () => {
    const result = await cli(['segment', join(data, 'images'), '--model', finetuned, '--out', join(data, 'images'), '--json']);
    expect(result.status).toBe(2);
    expect(errorOf(result).subject).toBe('--out');
  });

  it('reconstructs a masked view', async () => {
    const out = join(work, 'reconstruction');
    const scan = join(data, 'images', readdirSync(join(data, 'images'))[0] ?? '');
    const result = await cli([
      'reconstruct',
      scan,
      '--model',
      pretrained,
      '--out',
      out,
      '--view',
      'global',
      '--mask-ratio',
      '0.5',
      '--center',
      '17',
      '25',
      '17',
      '--json',
    ]);
    expect(result.status).toBe(0);
    const { files, numbers } = json(result) as { files: Record<string, string>; numbers: Record<string, number> };
    expect(numbers['masked']).toBe(6);
    expect(numbers['patches']).toBe(12);
    const read = async (name: string) => (await readScan(files[name] ?? '')).volume;
    const [input, painted, error, mask] = [await read('input'), await read('reconstruction'), await read('error'), await read('mask')];
    let squares = 0;
    let masked = 0;
    mask.voxels.forEach((m, v) => {
      const difference = (painted.voxels[v] ?? 0) - (input.voxels[v] ?? 0);
      expect(Math.abs(error.voxels[v] ?? Number.NaN)).toBeCloseTo(Math.abs(difference), 5);
      if (m === 0) expect(difference).toBe(0);
      masked += m;
      squares += difference ** 2;
    });
    expect(squares / masked).toBeCloseTo(numbers['mse'] ?? Number.NaN, 4);
    expect(
      readFileSync(files['sheet'] ?? '')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    const outside = await cli(['reconstruct', scan, '--model', pretrained, '--out', out, '--center', '99', '0', '0']);
    expect(outside.status).toBe(2);
  });
});

describe('a run that is killed', () => {
  const main = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
  // A process of its own needs compiled code: this Node may not run TypeScript.
  const compiled = existsSync(main) ? describe : describe.skip;

  compiled(existsSync(main) ? 'compiled' : 'compiled (skipped: dist/ is absent, run npm test)', () => {
    const start = (
      args: readonly string[],
      end: (pid: number) => void,
      when: () => boolean,
    ): Promise<{ code: number | null; stderr: string }> =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, [main, ...args], (error, _stdout, stderr) => {
          clearInterval(timer);
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stderr });
        });
        const timer = setInterval(() => {
          if (!when() || child.pid === undefined) return;
          clearInterval(timer);
          end(child.pid);
        }, 2);
      });
    const writing = (out: string): boolean => {
      try {
        const names = readdirSync(join(out, 'checkpoints'));
        return names.some((name) => name.endsWith('.tmp')) && names.some((name) => name.startsWith('step-'));
      } catch {
        return false;
      }
    };

    it('during a checkpoint has a whole one to go on from', async () => {
      const out = join(work, 'killed');
      const args = [...pretrainArgs(out, 500), '--set', 'checkpointSeconds=0.001'];
      const ended = await start(
        args,
        (pid) => process.kill(pid, 'SIGKILL'),
        () => writing(out),
      );
      expect(ended.code).toBeNull();
      const { run } = await RunFolder.open(out);
      const step = (await run.checkpoints()).at(-1) ?? 0;
      const file = await readSafetensors(run.checkpointPath(`step-${String(step)}`));
      for (const name of file.names) await file.float32(name);
      await file.close();
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 300);
      const resumed = await cli(['pretrain', '--out', out, '--resume'], controller.signal);
      expect(resumed.status).toBe(130);
      expect((await run.checkpoints()).at(-1)).toBeGreaterThan(step);
      expect(readdirSync(join(out, 'checkpoints')).filter((name) => !name.startsWith('step-'))).toEqual([]);
    });

    it('by Ctrl-C keeps what is done and exits with 130', async () => {
      const out = join(work, 'interrupted');
      const ended = await start(
        pretrainArgs(out, 500),
        (pid) => process.kill(pid, 'SIGINT'),
        () => existsSync(join(out, 'log.txt')),
      );
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain('Cancelled; what was finished is kept.');
      expect((await (await RunFolder.open(out)).run.checkpoints()).length).toBeGreaterThan(0);
    });
  });
});
