import type { ZodType } from 'zod';
import { overlaySettings, pickSettings, type PartialSettings } from '../../../base/settings.ts';
import type { PreparationSettings } from '../../../imaging/index.ts';
import { checkedSettings } from '../../../learning/checked-settings.ts';
import { encoderSettingsOf, pretrainingSettingsOf } from '../../../learning/encoder-settings.ts';
import { finetuneSettings, finetuneSettingsOf, type FinetuneSettings } from '../../../learning/finetune-settings.ts';
import { pretrainSettings, type PretrainSettings } from '../../../learning/pretrain-settings.ts';
import { trainingSettings } from '../../../learning/training-settings.ts';
import { cropSizeOf } from '../../../model/method-settings.ts';
import { modelDocument, readDocument } from '../../../model/saved-model.ts';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { RunFolder } from '../../../learning/run-folder.ts';
import type { FinetuningRequest, NewPretraining } from '../../api/training.ts';

/** Name of what the user gave, in errors. */
const GIVEN = 'settings';

/**
 * All settings of a pre-training run: of the encoder to go on with, of the recipe, as given.
 * @param init folder of the model to go on with
 * @throws TesseraError `bad-setting` naming the setting
 */
export async function pretrainingSettings(
  { recipe, settings = {}, set = [] }: NewPretraining,
  init: string | undefined,
): Promise<PretrainSettings> {
  const before = init === undefined ? {} : { ...(await preparationOf(init)), ...(await pretrainingSettingsOf(init)) };
  return checkedSettings(
    await trainingSettings(pretrainSettings, {
      kind: 'pretrain',
      ...named(recipe),
      given: given(pretrainSettings, before, settings),
      set,
    }),
  );
}

/**
 * All settings of a fine-tuning run. What the weights to begin with were made for holds unless it is given otherwise: their network, the
 * preparation of scans, and the size of a view.
 * @throws TesseraError `bad-setting` naming the setting
 */
export async function finetuningSettings(
  { network, recipe, frozen, settings = {}, set = [] }: FinetuningRequest,
  init: string | undefined,
): Promise<FinetuneSettings> {
  const schema: ZodType<FinetuneSettings> = finetuneSettingsOf[network];
  const fits = init !== undefined && network === 'unetr';
  const before = fits ? { ...(await preparationOf(init)), ...(await sizeOf(init)), ...(await encoderSettingsOf(init)) } : {};
  const own = { ...(frozen && network === 'unetr' ? { freezeEncoder: true } : {}), ...settings };
  return trainingSettings(schema, {
    kind: 'finetune',
    recipeSchema: finetuneSettings,
    ...named(recipe),
    given: given(schema, before, own),
    set,
  });
}

const named = (recipe: string | undefined): { readonly recipe?: string } => (recipe === undefined ? {} : { recipe });

function given(schema: ZodType, before: PartialSettings, own: PartialSettings): PartialSettings {
  return overlaySettings(schema, pickSettings(schema, before), own, GIVEN);
}

async function pretrainedSettings(folder: string): Promise<PretrainSettings | undefined> {
  if (existsSync(join(folder, 'model.json')) || !existsSync(join(folder, 'run.json'))) return undefined;
  return pretrainSettings.safeParse((await RunFolder.open(folder)).document.settings).data;
}

async function preparationOf(folder: string): Promise<PartialSettings> {
  const preparation = await encoderPreparation(folder);
  return preparation === undefined ? {} : { preparation };
}

/** How scans are brought to the network that is gone on with. @param folder of a run or model */
export async function encoderPreparation(folder: string): Promise<PreparationSettings | undefined> {
  const run = await pretrainedSettings(folder);
  if (run !== undefined) return run.preparation;
  const path = join(folder, 'model.json');
  if (!existsSync(path)) return undefined;
  return (await readDocument(path, modelDocument, 'bad-model', 'Import the model again.')).preparation;
}

/** The largest view that the encoder was trained on. */
async function sizeOf(folder: string): Promise<PartialSettings> {
  const run = await pretrainedSettings(folder);
  if (run === undefined) return {};
  return { size: run.method === 'gl-mae' && run.globals > 0 ? run.globalSize : cropSizeOf(run) };
}
