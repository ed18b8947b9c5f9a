import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { nearestNames } from '../base/nearest-names.ts';
import { projectFolder } from '../base/project-folder.ts';

const partialSettings = z.record(z.string(), z.unknown());

const recipeSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** What differs from the defaults of `pretrainSettings` and `finetuneSettings`, nested as they are. */
  pretrain: partialSettings,
  finetune: partialSettings,
  /** Where each value comes from ("ours" where from us), by `pretrain.encoder.width`. */
  sources: z.record(z.string(), z.string()),
});

/** Settings that go together, for one kind of data and machine. */
export type Recipe = z.infer<typeof recipeSchema>;

const folder = (): string => join(projectFolder(), 'resources', 'recipes');

export async function recipeNames(): Promise<string[]> {
  const files = await readdir(folder());
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** @throws TesseraError `bad-setting` with the nearest names when there is none of that name */
export async function loadRecipe(name: string): Promise<Recipe> {
  const names = await recipeNames();
  if (!names.includes(name))
    throw new TesseraError('bad-setting', `there is no recipe named ${name}.`, {
      subject: '--recipe',
      advice: `The nearest names are ${nearestNames(name, names).join(', ')}.`,
    });
  return recipeSchema.parse(JSON.parse(await readFile(join(folder(), `${name}.json`), 'utf8')));
}
