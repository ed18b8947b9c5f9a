import { TesseraError } from '../../base/errors.ts';
import { runCommand } from './run-command.ts';

export interface Compiler {
  readonly program: string;
  /** First line of `--version`; part of the name of what it builds. */
  readonly version: string;
}

/** The C++ compiler of this machine (`CXX` first, as make and CMake do), or `undefined`. */
export async function findCompiler(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Compiler | undefined> {
  const wanted = env['CXX'];
  for (const program of [...(wanted === undefined || wanted === '' ? [] : [wanted]), 'c++', 'g++', 'clang++']) {
    const result = await runCommand(program, ['--version'], { env, signal });
    const version = result.stdout.split('\n')[0];
    if (result.status === 0 && version !== undefined) return { program, version };
  }
  return undefined;
}

export function missingCompiler(): TesseraError {
  return new TesseraError(
    'runtime-missing',
    'no C++ compiler was found (tried c++, g++, clang++), which is needed once to link TensorFlow.',
    {
      subject: 'c++',
      advice: 'Install one (Debian, Ubuntu: apt-get install g++; macOS: xcode-select --install), or go on with --backend wasm.',
    },
  );
}
