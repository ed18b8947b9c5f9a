import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan, writeNifti } from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { cli, errorOf, samples, smallDataset, temporaryFolder, tinyFinetuning, tinyPretraining } from './support.ts';

const folders: string[] = [];
const temporary = (): string => {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
};
let work: string;

beforeAll(() => {
  work = temporary();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const nothing = ['--set', 'width=24', '--set', 'depth=4', '--set', 'heads=2'];
const finetuneArgs = (data: string, out: string): string[] => [
  'finetune',
  '--data',
  data,
  '--out',
  out,
  '--json',
  ...tinyFinetuning,
  ...nothing,
];

/** The error of a call that must fail with status 1, in one line, without leaving anything at `out`. */
async function failure(args: readonly string[], out?: string): Promise<ReturnType<typeof errorOf>> {
  const result = await cli(args.includes('--json') ? args : [...args, '--json']);
  expect(result.status).toBe(1);
  expect(result.stderr).toMatch(/(^|\n)tessera: [^\n]+\n$/);
  if (out !== undefined) expect(existsSync(out)).toBe(false);
  return errorOf(result);
}

describe('scans that are none', () => {
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), Buffer.from('JFIF\0'), Buffer.alloc(2000, 7)]);

  it.each([
    ['a file that does not exist', 'nowhere.nii.gz', undefined, 'not-found'],
    ['an empty file', 'empty.nii.gz', Buffer.alloc(0), 'bad-file'],
    ['a JPEG renamed to .nii.gz', 'photo.nii.gz', jpeg, 'bad-file'],
    ['a file of no known format', 'notes.txt', Buffer.from('hello'), 'unsupported-file'],
  ])('%s', async (_what, name, content, code) => {
    const path = join(work, name);
    if (content !== undefined) writeFileSync(path, content);
    expect(await failure(['info', path])).toMatchObject({ code, subject: path });
  });

  it('a directory in place of a scan', async () => {
    const folder = temporary();
    mkdirSync(join(folder, 'scan.nii.gz'));
    expect(await failure(['info', folder])).toMatchObject({ code: 'no-data', subject: folder });
    const run = join(work, 'none');
    expect((await failure(['reconstruct', folder, '--model', run, '--out', run], run)).subject).toBe(folder);
  });

  it.each(['pretrain', 'finetune'])('a data folder without scans for %s', async (verb) => {
    const folder = temporary();
    const out = join(work, `no-scans-${verb}`);
    expect(await failure([verb, '--data', folder, '--out', out], out)).toMatchObject({ code: 'no-data', subject: folder });
    expect((await failure([verb, '--data', join(folder, 'gone'), '--out', out], out)).code).toBe('not-found');
  });

  it('a damaged scan among those to learn from', async () => {
    const data = smallDataset(2);
    folders.push(data);
    const bad = join(data, 'images', 'zz-photo.nii.gz');
    writeFileSync(bad, jpeg);
    const error = await failure(['pretrain', '--data', data, '--out', join(work, 'damaged'), '--epochs', '2', ...tinyPretraining]);
    expect(error).toMatchObject({ code: 'bad-file', subject: bad });
  });
});

describe('labels', () => {
  it('on another grid than their scan', async () => {
    const data = smallDataset(3);
    folders.push(data);
    const [first = '', second = ''] = readdirSync(join(data, 'labels')).sort();
    cpSync(join(data, 'labels', second), join(data, 'labels', first));
    const out = join(work, 'other-grid');
    const error = await failure(finetuneArgs(data, out), out);
    expect(error).toMatchObject({ code: 'grid-mismatch', subject: join(data, 'labels', first) });
    expect(error.message).toContain(join(data, 'images', first));
  });

  it('with fractions', async () => {
    const data = smallDataset(2);
    folders.push(data);
    const path = join(data, 'labels', readdirSync(join(data, 'labels')).sort()[0] ?? '');
    const { volume } = await readScan(path);
    await writeNifti(path, { ...volume, voxels: Float32Array.from(volume.voxels, (v) => v * 0.5) });
    const out = join(work, 'fractions');
    const error = await failure(finetuneArgs(data, out), out);
    expect(error).toMatchObject({ code: 'bad-labels', subject: path });
    expect(error.message).toContain('fraction 0.5');
  });

  it('none at all', async () => {
    const data = smallDataset(2);
    folders.push(data);
    rmSync(join(data, 'labels'), { recursive: true });
    const out = join(work, 'unlabelled');
    expect((await failure(finetuneArgs(data, out), out)).code).toBe('no-data');
  });

  it('of more cases asked for than there are', async () => {
    const data = smallDataset(2);
    folders.push(data);
    const result = await cli([...finetuneArgs(data, join(work, 'many')), '--label-count', '3']);
    expect(result.status).toBe(2);
    expect(errorOf(result).subject).toBe('--label-count');
  });
});

describe('folders that cannot be used', () => {
  // The tests may run as root, whom permissions do not stop; a path below a file stops everyone.
  const below = (): string => {
    const file = join(work, 'a-file');
    writeFileSync(file, 'x');
    return join(file, 'out');
  };

  it('for a run', async () => {
    const out = below();
    const data = smallDataset(2);
    folders.push(data);
    expect(await failure(['pretrain', '--data', data, '--out', out, ...tinyPretraining])).toMatchObject({
      code: 'write-failed',
      subject: out,
    });
  });

  it('for an evaluation', async () => {
    const labels = join(samples, 'labels');
    const out = join(below(), 'scores.json');
    expect(await failure(['evaluate', '--reference', labels, '--prediction', labels, '--out', out])).toMatchObject({
      code: 'write-failed',
      subject: out,
    });
  });

  it.each([
    ['segment', (folder: string) => ['segment', join(samples, 'images'), '--model', folder, '--out', join(folder, 'out')], 'bad-model'],
    ['finetune', (folder: string) => [...finetuneArgs(samples, join(folder, 'out')), '--init', folder], 'bad-model'],
    [
      'reconstruct',
      (folder: string) => [
        'reconstruct',
        join(samples, 'images', readdirSync(join(samples, 'images'))[0] ?? ''),
        '--model',
        folder,
        '--out',
        join(folder, 'out'),
      ],
      'bad-checkpoint',
    ],
    ['pretrain --resume', (folder: string) => ['pretrain', '--resume', '--out', folder], 'bad-checkpoint'],
  ])('as a model or run for %s', async (_verb, args, code) => {
    const folder = temporary();
    const error = await failure(args(folder), join(folder, 'out'));
    expect(error.code).toBe(code);
    expect(error.subject?.startsWith(folder)).toBe(true);
  });
});

describeWithSharedData('hostile files', ['nifti_broken', 'nifti_edge'], () => {
  const broken = sharedData('nifti_broken') ?? '';
  const files = readdirSync(broken).filter((name) => /\.(nii|nii\.gz|hdr)$/.test(name));

  it.each(files)('info says what is wrong with %s, or reads it with a finding', async (name) => {
    const path = join(broken, name);
    const result = await cli(['info', path, '--json']);
    if (result.status === 0) {
      const { findings } = JSON.parse(result.stdout) as { findings: unknown[] };
      expect(findings).not.toEqual([]);
    } else {
      expect(result.status).toBe(1);
      expect(errorOf(result)).toMatchObject({ subject: path });
      expect(errorOf(result).code).not.toBe('unexpected');
    }
  });
});
