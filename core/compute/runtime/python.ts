import { TesseraError } from '../../base/errors.ts';
import { runCommand } from './run-command.ts';

/** A Python that has pip, as program and leading arguments. */
export interface Pip {
  readonly program: string;
  readonly args: readonly string[];
}

const candidates: readonly (readonly [string, ...string[]])[] = [['python3'], ['python'], ['py', '-3']];

/**
 * @throws TesseraError `runtime-missing` when no Python is found, or none of those found has pip.
 */
export async function findPip(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Pip> {
  let python: string | undefined;
  for (const [program, ...args] of candidates) {
    const pipArgs = [...args, '-m', 'pip'];
    const version = await runCommand(program, [...pipArgs, '--version'], { env, signal });
    if (version.status === 0) return { program, args: pipArgs };
    // Windows has a `python` that only opens its shop; a Python that prints its version is a real one.
    if (version.status !== undefined && (await runCommand(program, [...args, '--version'], { env, signal })).status === 0) {
      python ??= [program, ...args].join(' ');
    }
  }
  if (python === undefined) {
    throw new TesseraError('runtime-missing', 'no Python was found, which is needed once to fetch TensorFlow.', {
      subject: 'python3',
      advice: 'Install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip), or go on with --backend wasm.',
    });
  }
  throw new TesseraError('runtime-missing', 'this Python has no pip, which is needed once to fetch TensorFlow.', {
    subject: python,
    advice: 'Install pip (Debian, Ubuntu: apt-get install python3-pip; elsewhere: python3 -m ensurepip), or go on with --backend wasm.',
  });
}
