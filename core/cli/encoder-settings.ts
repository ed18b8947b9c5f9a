import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PartialSettings } from '../base/settings.ts';
import { pretrainSettings } from '../learning/pretrain-settings.ts';
import { RunFolder } from '../learning/run-folder.ts';
import { modelDocument, readDocument } from '../model/saved-model.ts';
import { unetrSettings } from '../model/unetr.ts';
import { vitSettings } from '../model/vit.ts';

/** The number of classes comes from the labels, not from the weights. */
const finetuneNetwork = unetrSettings.omit({ classes: true });

/**
 * Encoder settings that weights to start from call for, so that they need not be typed again: those of a pre-training run, or of a model (with
 * its crop size and features).
 * @throws TesseraError `bad-model` when the folder holds neither
 */
export async function encoderSettingsOf(folder: string): Promise<PartialSettings> {
  if (existsSync(join(folder, 'model.json'))) {
    const { settings } = await readDocument(join(folder, 'model.json'), modelDocument, 'bad-model', 'Give the folder of a model.');
    return finetuneNetwork.parse(settings);
  }
  // Anything else is refused with its reason where the weights are read.
  if (!existsSync(join(folder, 'run.json'))) return {};
  const { document } = await RunFolder.open(folder);
  const parsed = document.kind === 'pretrain' ? pretrainSettings.safeParse(document.settings) : undefined;
  return parsed?.success === true ? vitSettings.parse(parsed.data.encoder) : {};
}
