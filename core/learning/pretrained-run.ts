import { TesseraError } from '../base/errors.ts';
import type { Parameters } from '../model/parameters.ts';
import { readCheckpoint, withoutPrefix } from './checkpoint.ts';
import { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
import { RunFolder } from './run-folder.ts';

export interface PretrainedRun {
  readonly settings: PretrainSettings;
  /** The student: encoder and decoder. The caller disposes it. */
  readonly parameters: Parameters;
  readonly step: number;
}

/** The student of a pre-training run after its newest checkpoint. @throws TesseraError `bad-model` */
export async function loadPretrainedRun(path: string): Promise<PretrainedRun> {
  const { run, document } = await RunFolder.open(path);
  const step = (await run.checkpoints()).at(-1);
  if (document.kind !== 'pretrain' || step === undefined)
    throw new TesseraError('bad-model', 'has no pre-trained network.', {
      subject: path,
      advice: 'Give the folder of a pre-training run that has a checkpoint.',
    });
  const { tensors } = await readCheckpoint(run.checkpointPath(`step-${String(step)}`));
  for (const [name, value] of tensors) if (!name.startsWith('student/')) value.dispose();
  return { settings: pretrainSettings.parse(document.settings), parameters: withoutPrefix(tensors, 'student/'), step };
}
