import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import type { PartialSettings } from '../base/settings.ts';
import { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
import { RunFolder } from './run-folder.ts';
import { modelDocument, readDocument } from '../model/saved-model.ts';
import { unetrSettings, type UnetrSettings } from '../model/unetr.ts';
import { vitSettings } from '../model/vit.ts';

/** The number of classes comes from the labels, not from the weights. */
const finetuneNetwork = unetrSettings.omit({ classes: true });

/**
 * Settings of fine-tuning that weights to start from call for, so that they need not be typed again: the encoder of a pre-training run, or the
 * network of a model (with its crop size and features).
 * @throws TesseraError `bad-model` when the folder holds a model without an encoder that pre-training knows
 */
export async function encoderSettingsOf(folder: string): Promise<PartialSettings> {
  const { model, run } = await settingsIn(folder);
  if (model !== undefined) return finetuneNetwork.parse(model);
  return run === undefined ? {} : vitSettings.parse(run.encoder);
}

/** Settings of pre-training that weights to start from call for: the encoder, and of a run also decoder and head. @throws as above */
export async function pretrainingSettingsOf(folder: string): Promise<PartialSettings> {
  const { model, run } = await settingsIn(folder);
  if (model !== undefined) return { encoder: vitSettings.parse(model) };
  return run === undefined ? {} : { encoder: run.encoder, decoder: run.decoder, head: run.head };
}

/** Anything else than a model or a pre-training run is refused with its reason where the weights are read. */
async function settingsIn(folder: string): Promise<{ readonly model?: UnetrSettings; readonly run?: PretrainSettings }> {
  const path = join(folder, 'model.json');
  if (existsSync(path)) {
    const { network, settings } = await readDocument(path, modelDocument, 'bad-model', 'Give the folder of a model.');
    if (network !== 'unetr')
      throw new TesseraError('bad-model', `is a ${network}; only the encoder of a UNETR can be started from.`, {
        subject: folder,
        advice: 'Give a pre-training run or a UNETR.',
      });
    return { model: unetrSettings.parse(settings) };
  }
  if (!existsSync(join(folder, 'run.json'))) return {};
  const { document } = await RunFolder.open(folder);
  const parsed = document.kind === 'pretrain' ? pretrainSettings.safeParse(document.settings) : undefined;
  return parsed?.success === true ? { run: parsed.data } : {};
}
