import { TesseraError } from '../../../base/errors.ts';
import type { PretrainedRun } from '../../../learning/pretrained-run.ts';

/** @throws TesseraError `bad-model` for a network that takes several channels: a scan of a workspace is one */
export function checkOneChannel({ settings }: Pick<PretrainedRun, 'settings'>, name: string): void {
  const { channels } = settings.encoder;
  if (channels === 1) return;
  throw new TesseraError('bad-model', `was trained on ${channels} channels; a scan of the workspace has one.`, {
    subject: name,
    advice: 'Choose a model of one channel.',
  });
}
