import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { nearestNames } from '../base/nearest-names.ts';
import { projectFolder } from '../base/project-folder.ts';

const partialSettings = z.record(z.string(), z.unknown());

const recipeSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(''),
  /** What differs from the defaults of `pretrainSettings` and `finetuneSettings`, nested as they are. */
  pretrain: partialSettings.default({}),
  finetune: partialSettings.default({}),
  /** Where each value comes from ("ours" where from us), by `pretrain.encoder.width`. */
  sources: z.record(z.string(), z.string()).default({}),
});

/** Settings that go together, for one kind of data and machine. */
export type Recipe = z.infer<typeof recipeSchema>;

/** Far more than any recipe needs: a scan given by mistake is not read. */
const MOST_BYTES = 1_000_000;

const folder = (): string => join(projectFolder(), 'resources', 'recipes');

/** Names of the recipes that come with the program. */
export async function recipeNames(): Promise<string[]> {
  const files = await readdir(folder());
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/**
 * A recipe by its name, or a user's own file (any path that ends in `.json` or has a folder in it).
 * @throws TesseraError `bad-setting` with the nearest names when there is none of that name; `not-found`, `too-large`, `bad-file` for a
 * user's file that is missing, or is no recipe
 */
export async function loadRecipe(nameOrPath: string): Promise<Recipe> {
  if (/\.json$|[/\\]/i.test(nameOrPath)) return readRecipe(nameOrPath);
  const names = await recipeNames();
  if (!names.includes(nameOrPath))
    throw new TesseraError('bad-setting', `there is no recipe named ${nameOrPath}.`, {
      subject: '--recipe',
      advice: `The nearest names are ${nearestNames(nameOrPath, names).join(', ')}; a file of your own is given by its path, such as ./${nameOrPath}.json.`,
    });
  return readRecipe(join(folder(), `${nameOrPath}.json`));
}

async function readRecipe(path: string): Promise<Recipe> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path of the recipe.', cause });
  });
  if (!found.isFile()) throw bad(path, 'is no file.');
  if (found.size > MOST_BYTES)
    throw new TesseraError('too-large', `has ${found.size} bytes, which no recipe has.`, { subject: path, advice: 'Check the path.' });
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw bad(path, 'is not JSON.', cause);
  }
  const parsed = recipeSchema.safeParse(content);
  if (!parsed.success) throw bad(path, `is no recipe (${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}).`, parsed.error);
  return parsed.data;
}

function bad(path: string, message: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', message, {
    subject: path,
    advice: 'A recipe is JSON with a name, and settings under "pretrain" and "finetune" (docs/guide/recipes.md).',
    cause,
  });
}
