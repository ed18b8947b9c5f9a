import { spawn } from 'node:child_process';
import { cancelled } from '../../base/task.ts';

export interface CommandResult {
  /** Exit status; `undefined` when the program could not be started at all. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end without a shell and collects what it prints. A failing program is a result, not an error.
 * @throws TesseraError `cancelled` when the signal fires; the program is ended first.
 */
export async function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { signal } = options;
  const aborted = (): boolean => signal?.aborted === true;
  if (aborted()) throw cancelled();
  const result = await new Promise<CommandResult>((resolve) => {
    const child = spawn(program, args, {
      env: options.env,
      cwd: options.cwd,
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let failure: Error | undefined;
    child.on('error', (error) => (failure = error));
    child.on('close', (status) => {
      const started = child.pid !== undefined;
      resolve({
        status: started ? (status ?? 1) : undefined,
        stdout,
        stderr: failure === undefined ? stderr : `${stderr}${failure.message}`,
      });
    });
  });
  if (aborted()) throw cancelled();
  return result;
}

/** The last lines of a program's complaint, for an error message. */
export function lastLines(text: string, count = 3): string {
  return text.trim().split('\n').slice(-count).join(' ').trim();
}
