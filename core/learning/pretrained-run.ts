import { TesseraError } from '../base/errors.ts';
import type { Parameters } from '../model/parameters.ts';
import { readCheckpoint, withoutPrefix } from './checkpoint.ts';
import { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
import { RunFolder } from './run-folder.ts';

export interface PretrainedRun {
  readonly settings: PretrainSettings;
  /** The student: encoder and decoder. The caller disposes it. */
  readonly parameters: Parameters;
  /** The teacher, where it was asked for and the method has one; else empty. The caller disposes it. */
  readonly teacher: Parameters;
  readonly step: number;
}

export interface PretrainedRunOptions {
  /** Of a checkpoint or a snapshot; the newest checkpoint unless given. */
  readonly step?: number;
  /** Snapshots have none. */
  readonly teacher?: boolean;
}

/** The student of a pre-training run as it was after a step. @throws TesseraError `bad-model`, `bad-checkpoint` */
export async function loadPretrainedRun(path: string, options: PretrainedRunOptions = {}): Promise<PretrainedRun> {
  const { run, document } = await RunFolder.open(path);
  const step = options.step ?? (await run.checkpoints()).at(-1);
  if (document.kind !== 'pretrain' || step === undefined)
    throw new TesseraError('bad-model', 'has no pre-trained network.', {
      subject: path,
      advice: 'Give the folder of a pre-training run that has a checkpoint.',
    });
  const steps = await run.stepsWithWeights();
  if (!steps.includes(step))
    throw new TesseraError('bad-model', `has no weights of step ${String(step)}.`, {
      subject: path,
      advice: `It has: ${steps.join(', ')}.`,
    });
  const prefixes = ['student/', ...(options.teacher === true ? ['teacher/'] : [])];
  const isWanted = (name: string): boolean => prefixes.some((prefix) => name.startsWith(prefix));
  // The optimiser's moments are twice as large as the network and not needed here.
  const { tensors } = await readCheckpoint(await run.weightsPath(step), isWanted);
  return {
    settings: pretrainSettings.parse(document.settings),
    parameters: withoutPrefix(tensors, 'student/'),
    teacher: withoutPrefix(tensors, 'teacher/'),
    step,
  };
}
