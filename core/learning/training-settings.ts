import type { ZodType, output } from 'zod';
import { applySettings, overlaySettings, pickSettings, type PartialSettings } from '../base/settings.ts';
import { loadRecipe } from './recipe.ts';

export interface SettingSources {
  readonly recipe?: string;
  readonly kind: 'pretrain' | 'finetune';
  /** Settings that the recipe is written for, where not those asked for: what the two share is taken from it. */
  readonly recipeSchema?: ZodType;
  /** Stronger than the recipe: what follows from other options and from the weights to start with. */
  readonly given?: PartialSettings;
  /** Strongest: --set name=value. */
  readonly set: readonly string[];
}

/** Settings of a training run: defaults, then recipe, then other options, then --set. @throws TesseraError `bad-setting` */
export async function trainingSettings<S extends ZodType>(schema: S, sources: SettingSources): Promise<output<S>> {
  const { recipe: name, kind, recipeSchema = schema, given = {}, set } = sources;
  const recipe = name === undefined ? undefined : await loadRecipe(name);
  const written = recipe === undefined ? {} : overlaySettings(recipeSchema, {}, recipe[kind], `recipe ${recipe.name}`);
  const base = pickSettings(schema, written);
  return applySettings(schema, overlaySettings(schema, base, given, 'the weights to start from'), set);
}
