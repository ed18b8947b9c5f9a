import type { Command } from 'commander';
import { resolve } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { repeated, wholeNumber } from './arguments.ts';
import type { Session } from './session.ts';

/** Options that pre-training and fine-tuning share. */
export interface TrainingOptions {
  readonly data?: string;
  readonly out: string;
  readonly recipe?: string;
  readonly epochs?: number;
  readonly set: readonly string[];
  readonly resume: boolean;
}

export function defineTrainingOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'folder of scans (needed unless --resume)')
    .requiredOption('--out <run>', 'folder of the run, new, or with --resume the one to go on with')
    .option('--recipe <name>', 'settings that go together: a name from resources/recipes, or a JSON file of your own')
    .option('--epochs <n>', 'times that every scan is seen', wholeNumber(1, 100_000))
    .option('--set <name=value>', 'override a setting; repeat for more (docs/cli.md lists them)', repeated, [])
    .option('--resume', 'go on from the newest checkpoint, exactly as if the run had not stopped', false);
}

/** The data folder of a new run, as an absolute path: the run may be resumed from elsewhere. */
export function requireData({ data }: TrainingOptions): string {
  if (data === undefined) throw new TesseraError('usage', 'is missing.', { subject: '--data', advice: 'Give the folder of scans.' });
  return resolve(data);
}

/**
 * Opens a run to go on with. @throws TesseraError `bad-checkpoint` when there is none; `usage` when it is of the other kind, or when options
 * would change what it does
 */
export async function requireResumable(
  options: TrainingOptions,
  kind: 'pretrain' | 'finetune' | 'classify',
  ruledOut: readonly string[],
): Promise<void> {
  const { RunFolder } = await import('../learning/run-folder.ts');
  const { document } = await RunFolder.open(options.out);
  if (document.kind !== kind)
    throw new TesseraError('usage', `holds a run of ${document.kind}.`, {
      subject: options.out,
      advice: `Use: tessera ${document.kind} --resume`,
    });
  if (options.data !== undefined && resolve(options.data) !== document.data.folder)
    throw new TesseraError('usage', `is not the folder that the run began with (${document.data.folder}).`, { subject: '--data' });
  const changing = ruledOut[0];
  if (changing !== undefined)
    throw new TesseraError('usage', 'does not go with --resume: a run keeps the settings it began with.', {
      subject: changing,
      advice: 'Leave it out, or start a new run.',
    });
}

/** Which of the options that decide over a new run were given. */
export function decidingOptions(options: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  const isGiven = (value: unknown): boolean => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return names.filter((name) => isGiven(options[name])).map(flag);
}

/** Adds to a cancelled run's error how to go on with it. */
export async function withResumeHint<T>(session: Session, out: string, verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'cancelled') session.note(`Go on with: tessera ${verb} --out ${out} --resume`);
    throw error;
  }
}
