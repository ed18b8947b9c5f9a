import type { BackendCheck } from './backend-check.ts';

export interface Advice {
  readonly problem: string;
  /** What mends it. */
  readonly command: string;
}

/** What is missing for the best this machine can do, and the command that mends it. */
export async function findAdvice(backends: readonly BackendCheck[], signal: AbortSignal): Promise<Advice[]> {
  const { listRuntimes } = await import('../../compute/runtime/locate.ts');
  const { findCompiler } = await import('../../compute/runtime/compiler.ts');
  const { findPip } = await import('../../compute/runtime/python.ts');
  const { hasNvidiaDriver } = await import('../../compute/runtime/nvidia.ts');
  const advice: Advice[] = [];
  const runtimes = listRuntimes();
  const compiler = await findCompiler(process.env, signal);
  if (compiler === undefined)
    advice.push({ problem: 'There is no C++ compiler, which TensorFlow needs once.', command: compilerCommand() });
  if (runtimes.length === 0) {
    const hasPip = await findPip(process.env, signal).then(
      () => true,
      () => false,
    );
    if (!hasPip) advice.push({ problem: 'There is no Python with pip, which fetches TensorFlow.', command: pipCommand() });
    advice.push({
      problem: 'The TensorFlow runtime is not installed; without it everything is much slower.',
      command: 'tessera runtime install',
    });
  } else if (
    !runtimes.some(({ variant }) => variant === 'cuda') &&
    process.platform === 'linux' &&
    (await hasNvidiaDriver(process.env, signal))
  ) {
    advice.push({
      problem: 'There is an NVIDIA card, and TensorFlow is installed for the processor only.',
      command: 'tessera runtime install --variant cuda',
    });
  }
  const tensorflow = backends.find(({ name }) => name === 'tensorflow');
  const broken = tensorflow !== undefined && !tensorflow.usable && runtimes.length > 0 && compiler !== undefined;
  if (broken)
    advice.push({
      problem: 'TensorFlow is installed and does not work.',
      command: 'tessera runtime remove --all && tessera runtime install',
    });
  return advice;
}

function compilerCommand(): string {
  return (
    { darwin: 'xcode-select --install', win32: 'winget install Microsoft.VisualStudio.2022.BuildTools' }[process.platform as string] ??
    'apt-get install g++'
  );
}

function pipCommand(): string {
  return process.platform === 'linux' ? 'apt-get install python3-pip' : 'python3 -m ensurepip';
}
