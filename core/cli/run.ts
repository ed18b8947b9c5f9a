import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describeError, isTesseraError, TesseraError } from '../base/errors.ts';
import { projectFolder } from '../base/project-folder.ts';
import type { CliIo } from './io.ts';
import { buildProgram, verbs } from './program.ts';
import type { Session } from './session.ts';

export type ExitStatus = 0 | 1 | 2 | 130;

/**
 * Runs one command line, such as ['info', 'scan.nii.gz', '--json'], and returns its exit status: 0 done, 1 failed, 2 wrong usage,
 * 130 cancelled. A failure is one line on standard error; with --json it is a document on standard output as well.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitStatus> {
  let session: Session | undefined;
  const program = buildProgram(io, programVersion(), (opened) => (session = opened));
  try {
    if (args.length === 0) {
      io.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync(args, { from: 'user' });
    session?.close();
    return session?.status ?? 0;
  } catch (error) {
    session?.close();
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version
    return tell(asTold(error, args[0]), args.includes('--json'), io);
  }
}

export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}

function tell(error: unknown, json: boolean, io: CliIo): ExitStatus {
  const line = describeError(error).replace(/\s*\n\s*/g, ' ');
  io.stderr.write(`tessera: ${line}\n`);
  if (json) io.stdout.write(`${JSON.stringify({ error: errorDocument(error) }, null, 2)}\n`);
  return exitStatusOf(error);
}

/** An error as --json shows it; absent parts are null. */
export function errorDocument(error: unknown): { code: string; subject: string | null; message: string; advice: string | null } {
  if (!isTesseraError(error)) return { code: 'unexpected', subject: null, message: describeError(error), advice: null };
  return { code: error.code, subject: error.subject ?? null, message: error.message, advice: error.advice ?? null };
}

function exitStatusOf(error: unknown): ExitStatus {
  if (!isTesseraError(error)) return 1;
  if (error.code === 'cancelled') return 130;
  if (error.code === 'usage') return 2;
  // About a setting the command line is wrong; about a file (several volumes, a folder that holds a run) it is not.
  if (error.code === 'bad-setting') return error.subject !== undefined && existsSync(error.subject) ? 1 : 2;
  return 1;
}

/** What commander says, and what Node says of memory, in the form of our errors. */
function asTold(error: unknown, typed: string | undefined): unknown {
  if (error instanceof CommanderError) {
    const verb = verbs.some(({ name }) => name === typed) ? ` ${typed ?? ''}` : '';
    const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    return new TesseraError('usage', /[.?)]$/.test(message) ? message : `${message}.`, { advice: `See: tessera${verb} --help` });
  }
  if (error instanceof RangeError && /Array buffer allocation failed|Invalid typed array length/.test(error.message))
    return new TesseraError('out-of-memory', 'the memory is not enough for this.', {
      advice: 'Close other programs, or use smaller views, crops or batches.',
      cause: error,
    });
  return error;
}
