import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { readSafetensors, writeSafetensors } from '../../core/compute/safetensors.ts';
import { unetrSettings, unetrSpecs } from '../../core/model/unetr.ts';
import { cli, errorOf, json, temporaryFolder } from './support.ts';

const settings = unetrSettings.parse({
  width: 64,
  depth: 3,
  heads: 1,
  patch: [4, 4, 4],
  size: [8, 8, 8],
  features: 2,
  classes: 3,
  qkvBias: false,
  epsilon: 1e-5,
});
let work: string;
let file: string;

beforeAll(async () => {
  work = temporaryFolder();
  file = join(work, 'unetr.safetensors');
  const random = seededRandom(3);
  const entries = unetrSpecs(settings).map(({ name, torchShape }) => {
    const data = Float32Array.from({ length: torchShape.reduce((a, b) => a * b, 1) }, () => random.normal());
    return [`module.${name}`, { shape: torchShape, data }] as const;
  });
  await writeSafetensors(file, new Map(entries));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('import-weights', () => {
  it('makes a model of the same weights, in PyTorch layout, that info reads', async () => {
    const out = join(work, 'model');
    const result = await cli([
      'import-weights',
      file,
      '--network',
      'unetr',
      '--out',
      out,
      '--labels',
      'background,liver,spleen',
      '--set',
      'spacing=1.5',
      '--set',
      'intensity=window:-175,250',
      '--json',
    ]);
    expect(result).toMatchObject({ status: 0 });
    expect(json(result)).toMatchObject({ settings, report: { style: 'monai', missing: [], unused: [], mismatched: [], resized: [] } });
    const [given, made] = [await readSafetensors(file), await readSafetensors(join(out, 'weights.safetensors'))];
    for (const name of made.names) expect(await made.float32(name), name).toEqual(await given.float32(`module.${name}`));
    expect(made.names).toHaveLength(given.names.length);
    await given.close();
    await made.close();
    const info = json(await cli(['info', out, '--json']));
    expect(info).toMatchObject({
      kind: 'model',
      labels: [
        { value: 0, name: 'background' },
        { value: 1, name: 'liver' },
        { value: 2, name: 'spleen' },
      ],
      preparation: { spacing: [1.5, 1.5, 1.5], intensity: { kind: 'window', low: -175, high: 250 } },
    });
    const again = await cli(['import-weights', file, '--network', 'unetr', '--out', out, '--json']);
    expect(again.status).toBe(1);
    expect(errorOf(again).message).toContain('already holds a model');
  });

  it.each([
    [['--labels', 'background,liver'], 2, 'usage'],
    [['--set', 'width=96'], 1, 'bad-model'],
    [['--set', 'widht=96'], 2, 'bad-setting'],
  ])('refuses %j', async (args, status, code) => {
    const out = join(work, 'refused');
    const result = await cli(['import-weights', file, '--network', 'unetr', '--out', out, '--json', ...args]);
    expect(result.status).toBe(status);
    expect(errorOf(result).code).toBe(code);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses a file that is no safetensors', async () => {
    const result = await cli([
      'import-weights',
      join(import.meta.dirname, 'support.ts'),
      '--network',
      'unetr',
      '--out',
      join(work, 'no'),
      '--json',
    ]);
    expect(result.status).toBe(1);
    expect(errorOf(result).code).toBe('bad-model');
  });

  it.each([
    ['a zip of torch.save', Buffer.from('PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00archive/data.pkl', 'latin1')],
    ['a bare pickle of torch.save', Buffer.from('8002 8a0a 6cfc9c46f9206aa85019 2e'.replaceAll(' ', ''), 'hex')],
    ['an HDF5 file of Keras', Buffer.from('894844460d0a1a0a0000000000080800', 'hex')],
  ])('refuses %s by its content, whatever its name, and says what to do', async (_what, bytes) => {
    const path = join(work, 'disguised.safetensors');
    writeFileSync(path, bytes);
    const result = await cli(['import-weights', path, '--network', 'unetr', '--out', join(work, 'no'), '--json']);
    expect(result.status).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 'unsupported-file', subject: path });
    expect(errorOf(result).advice).toContain('docs/guide/convert-checkpoints.md');
    const info = await cli(['info', path, '--json']);
    expect(errorOf(info).code).toBe('unsupported-file');
  });

  it('takes a safetensors file whose length of header begins like a pickle', async () => {
    // A header of 0x0280 bytes begins with 80 02, which is how a pickle of protocol 2 begins.
    const path = join(work, 'header.safetensors');
    const header = JSON.stringify({ 'fc.weight': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(0x0280);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]));
    const result = await cli(['import-weights', path, '--network', 'unetr', '--out', join(work, 'no'), '--json']);
    expect(errorOf(result)).toMatchObject({ code: 'bad-model', message: expect.stringContaining('no encoder') });
  });

  it('wants the heads where the width does not tell them, and takes another number of channels', async () => {
    const heads = ['--set', 'width=64', '--set', 'heads=3'];
    const refused = await cli(['import-weights', file, '--network', 'unetr', '--out', join(work, 'heads'), '--json', ...heads]);
    expect(errorOf(refused)).toMatchObject({ code: 'bad-setting', subject: 'heads' });
    const out = join(work, 'channels');
    const made = await cli(['import-weights', file, '--network', 'unetr', '--out', out, '--json', '--set', 'channels=4']);
    expect(json(made)).toMatchObject({
      settings: { channels: 4 },
      report: { resized: [{ to: [64, 4, 4, 4, 4] }, { to: [2, 4, 3, 3, 3] }, { to: [2, 4, 1, 1, 1] }], missing: [], mismatched: [] },
    });
    const words = await cli(['import-weights', file, '--network', 'unetr', '--out', join(work, 'words')]);
    expect(words.stdout).toContain(`naming: MONAI\nmatched: ${unetrSpecs(settings).length} (`);
  });

  it('lists the tensors of a file', async () => {
    const info = json(await cli(['info', file, '--json'])) as { tensors: { name: string; shape: number[] }[] };
    expect(info.tensors.find(({ name }) => name === 'module.out.conv.conv.weight')?.shape).toEqual([3, 2, 1, 1, 1]);
  });
});
