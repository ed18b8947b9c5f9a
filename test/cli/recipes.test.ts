import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSettings, overlaySettings } from '../../core/base/settings.ts';
import { trainingSettings } from '../../core/learning/training-settings.ts';
import { pointLPS, prepareScan, type Triple, type Volume } from '../../core/imaging/index.ts';
import { checkedSettings } from '../../core/learning/checked-settings.ts';
import { finetunedNetwork } from '../../core/learning/finetuned-network.ts';
import { finetuneSettings, pretrainSettings } from '../../core/learning/index.ts';
import { loadRecipe, recipeNames } from '../../core/learning/recipe.ts';
import { orderedRegions } from '../../core/model/regions.ts';
import { temporaryFolder } from './support.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guide', 'recipes.md'), 'utf8');

/** A scan of ones, so that all of it is foreground. */
function volumeOf(dims: Triple, spacing: Triple): Volume {
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const voxels = new Float32Array(dims[0] * dims[1] * dims[2]).fill(1);
  return { geometry: { dims, spacing, origin: pointLPS(0, 0, 0), direction }, voxels, slope: 1, intercept: 0 };
}

const schemas = { pretrain: pretrainSettings, finetune: finetuneSettings } as const;

/** Paths of the settings that a nested object gives. */
function given(kind: keyof typeof schemas, values: Readonly<Record<string, unknown>>): string[] {
  const at = (path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>(
        (value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined),
        values,
      );
  return listSettings(schemas[kind])
    .map(({ path }) => path)
    .filter((path) => at(path) !== undefined);
}

describe.each(await recipeNames())('recipe %s', (name) => {
  it.each(['pretrain', 'finetune'] as const)('fits the settings of %s, the values kept', async (kind) => {
    const recipe = await loadRecipe(name);
    expect(recipe.name).toBe(name);
    const settings = overlaySettings(schemas[kind], {}, recipe[kind], name);
    expect(schemas[kind].parse(settings)).toMatchObject(recipe[kind]);
  });

  it('names the source of every value, and of nothing else', async () => {
    const recipe = await loadRecipe(name);
    const paths = (['pretrain', 'finetune'] as const).flatMap((kind) => given(kind, recipe[kind]).map((path) => `${kind}.${path}`));
    expect(Object.keys(recipe.sources).sort()).toEqual(paths.sort());
    for (const [path, source] of Object.entries(recipe.sources)) expect(source.trim(), path).not.toBe('');
  });

  it('pre-trains the encoder that it fine-tunes', async () => {
    const { pretrain, finetune } = await loadRecipe(name);
    const encoder = pretrainSettings.parse(pretrain).encoder;
    expect(finetuneSettings.parse(finetune)).toMatchObject(encoder);
  });

  it('has sizes and settings that go together', async () => {
    const { pretrain, finetune } = await loadRecipe(name);
    expect(() => checkedSettings(pretrainSettings.parse(pretrain))).not.toThrow();
    expect(() => finetunedNetwork(finetuneSettings.parse(finetune), 2, true)).not.toThrow();
  });

  it('is in the guide with its description', async () => {
    const { description } = await loadRecipe(name);
    const rows = guide.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows.filter((row) => row[1] === `\`${name}\``).map((row) => row[2])).toEqual([description]);
  });
});

it('learns BraTS as its labels are: enhancing tumour is label 3', async () => {
  const settings = finetuneSettings.parse((await loadRecipe('brats')).finetune);
  const regions = Object.entries(settings.regions ?? {}).map(([name, values]) => ({ name, values }));
  expect(orderedRegions(regions)).toEqual([
    { name: 'whole tumour', values: [1, 2, 3], writes: 1 },
    { name: 'tumour core', values: [2, 3], writes: 2 },
    { name: 'enhancing tumour', values: [3], writes: 3 },
  ]);
  expect(settings).toMatchObject({ channels: 4, preparation: { intensity: { kind: 'zscore' } } });
});

it('cuts COVID-19-20 into flat crops of thick slices', async () => {
  const settings = finetuneSettings.parse((await loadRecipe('covid-lesion')).finetune);
  expect(settings).toMatchObject({ size: [192, 192, 32], preparation: { spacing: [1.25, 1.25, 5] } });
  const thick = volumeOf([20, 24, 8], [2.5, 2.5, 2.5]);
  const { dims, geometry } = prepareScan([thick], settings.preparation);
  expect(geometry.spacing).toEqual([1.25, 1.25, 5]);
  expect(dims).toEqual([39, 47, 5]);
});

describe("a recipe of one's own", () => {
  let folder: string;
  beforeAll(() => (folder = temporaryFolder()));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('is read from its path; sources and whatever it does not change may be left out', async () => {
    const path = write('mine.json', '{ "name": "mine", "finetune": { "width": 96, "heads": 2 } }');
    const recipe = await loadRecipe(path);
    expect(recipe).toEqual({ name: 'mine', description: '', pretrain: {}, finetune: { width: 96, heads: 2 }, sources: {} });
    const settings = await trainingSettings(finetuneSettings, { recipe: path, kind: 'finetune', set: ['heads=3'] });
    expect(settings).toMatchObject({ width: 96, heads: 3, depth: 12 });
  });

  it('is as the guide shows it', async () => {
    const [, example = ''] = /```json\n([^]*?)```/.exec(guide) ?? [];
    const recipe = await loadRecipe(write('guide.json', example));
    expect(recipe.name).toBe('liver-mr');
    for (const kind of ['pretrain', 'finetune'] as const)
      expect(schemas[kind].parse(overlaySettings(schemas[kind], {}, recipe[kind], 'guide'))).toMatchObject(recipe[kind]);
  });

  it.each([
    ['that does not exist', () => join(folder, 'nothing.json'), 'not-found'],
    ['that is a folder', () => folder + '/', 'bad-file'],
    ['that is not JSON', () => write('a.json', 'name: mine'), 'bad-file'],
    ['without a name', () => write('b.json', '{ "finetune": {} }'), 'bad-file'],
    ['with a part that no recipe has', () => write('c.json', '{ "name": "c", "fine-tune": {} }'), 'bad-file'],
    ['with a wrong region', () => write('d.json', '{ "name": "d", "finetune": { "regions": { "x": [] } } }'), 'bad-setting'],
    ['with a setting that there is not', () => write('e.json', '{ "name": "e", "finetune": { "widht": 96 } }'), 'bad-setting'],
    ['with a value out of range', () => write('f.json', '{ "name": "f", "finetune": { "flipChance": 2 } }'), 'bad-setting'],
    ['with a value of another kind', () => write('g.json', '{ "name": "g", "finetune": { "preparation": 1.5 } }'), 'bad-setting'],
    ['that is far too long', () => write('h.json', `{ "name": "${'h'.repeat(1_000_000)}" }`), 'too-large'],
  ])('%s is refused', async (_what, path, code) => {
    await expect(trainingSettings(finetuneSettings, { recipe: path(), kind: 'finetune', set: [] })).rejects.toMatchObject({ code });
  });
});

it('names the nearest recipe', async () => {
  await expect(loadRecipe('hipocampus')).rejects.toMatchObject({
    code: 'bad-setting',
    subject: '--recipe',
    advice: expect.stringContaining('The nearest names are hippocampus'),
  });
});
