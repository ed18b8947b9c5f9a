import { describe, expect, it } from 'vitest';
import { listSettings, overlaySettings } from '../../core/base/settings.ts';
import { finetuneSettings, pretrainSettings } from '../../core/learning/index.ts';
import { loadRecipe, recipeNames } from '../../core/learning/recipe.ts';

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
  });

  it('pre-trains the encoder that it fine-tunes', async () => {
    const { pretrain, finetune } = await loadRecipe(name);
    const encoder = pretrainSettings.parse(pretrain).encoder;
    expect(finetuneSettings.parse(finetune)).toMatchObject(encoder);
  });
});

it('names the nearest recipe', async () => {
  await expect(loadRecipe('hipocampus')).rejects.toMatchObject({
    code: 'bad-setting',
    subject: '--recipe',
    advice: expect.stringContaining('The nearest names are hippocampus'),
  });
});
