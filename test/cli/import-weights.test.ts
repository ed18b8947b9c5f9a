import { existsSync, rmSync } from 'node:fs';
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

  it('lists the tensors of a file', async () => {
    const info = json(await cli(['info', file, '--json'])) as { tensors: { name: string; shape: number[] }[] };
    expect(info.tensors.find(({ name }) => name === 'module.out.conv.conv.weight')?.shape).toEqual([3, 2, 1, 1, 1]);
  });
});
