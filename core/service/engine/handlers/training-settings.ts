import type { ZodType } from 'zod';
import { listSettings, settingTexts } from '../../../base/settings.ts';
import { finetuneSettings, segResNetFinetuneSettings } from '../../../learning/finetune-settings.ts';
import { pretrainSettings } from '../../../learning/pretrain-settings.ts';
import { loadRecipe, recipeNames } from '../../../learning/recipe.ts';
import type { EngineHandler } from '../context.ts';

const schemas: Readonly<Record<'pretrain' | 'finetune' | 'segresnet', ZodType>> = {
  pretrain: pretrainSettings,
  finetune: finetuneSettings,
  segresnet: segResNetFinetuneSettings,
};

/** Every setting of a kind of training, and what recipes say of them. */
export const trainingSettings: EngineHandler<'training-settings'> = async ({ kind }) => {
  const schema = schemas[kind];
  const settings = listSettings(schema).map(({ path, control, range, default: usual, unit, description }) => ({
    path,
    control,
    range,
    default: usual,
    ...(unit === undefined ? {} : { unit }),
    description,
  }));
  const recipes = [];
  for (const name of await recipeNames()) {
    const recipe = await loadRecipe(name);
    recipes.push({
      name,
      description: recipe.description,
      settings: settingTexts(schema, kind === 'pretrain' ? recipe.pretrain : recipe.finetune),
    });
  }
  return { settings, recipes };
};
