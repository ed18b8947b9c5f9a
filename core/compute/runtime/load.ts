import { registerBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { TesseraError } from '../../base/errors.ts';
import { ensureBuilt, type BuildOptions } from './build.ts';
import { restoreLegacyUtil } from './legacy-node-util.ts';
import type { RuntimeInfo } from './locate.ts';

export interface LoadOptions extends BuildOptions {
  /** Threads that one operation may use; TensorFlow's own choice (one per core) by default. Works only before the first load. */
  readonly threads?: number;
  /** False leaves Tessera's fused kernels out, for comparison. */
  readonly kernels?: boolean;
}

export interface LoadedTensorflow {
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** Whether Tessera's fused kernels are registered as TensorFlow operations. */
  readonly kernels: boolean;
  /** Why they are not, in one line, where the program has them. */
  readonly kernelsProblem?: string;
}

/** What is used of tfjs-node's native binding. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

const require = createRequire(import.meta.url);
let loaded: Promise<LoadedTensorflow> | undefined;

/**
 * Loads TensorFlow into this process and registers it with tfjs-core as the backend `tensorflow`; choosing it is left to the caller.
 * A second call gives the first one's result: a process has one TensorFlow.
 * @throws TesseraError `runtime-failed` when the libraries do not load, and what {@link ensureBuilt} throws.
 */
export function loadTensorflow(info: RuntimeInfo, options: LoadOptions = {}): Promise<LoadedTensorflow> {
  loaded ??= load(info, options).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(info: RuntimeInfo, options: LoadOptions): Promise<LoadedTensorflow> {
  const built = await ensureBuilt(info.folder, options);
  setEnvironment(options.threads);
  restoreLegacyUtil();
  const binding = requireNative(built.binding) as Binding;
  registerTensorflow(binding);
  let kernelsProblem = built.kernelsProblem;
  let kernels = false;
  if (built.kernels !== undefined && options.kernels !== false) {
    try {
      // After the binding: the kernels register themselves with the TensorFlow that it brought in.
      requireNative(built.kernels);
      kernels = true;
    } catch (error) {
      kernelsProblem = error instanceof Error ? error.message : String(error);
    }
  }
  return {
    version: binding.TF_Version,
    device: binding.isUsingGpuDevice() ? 'gpu' : 'cpu',
    kernels,
    ...(kernelsProblem === undefined ? {} : { kernelsProblem }),
  };
}

/** TensorFlow reads these once, from the C environment, when it starts. */
function setEnvironment(threads: number | undefined): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (threads === undefined) return;
  for (const name of ['TF_NUM_INTRAOP_THREADS', 'OMP_NUM_THREADS', 'TESSERA_THREADS']) process.env[name] = String(threads);
}

function requireNative(path: string): unknown {
  try {
    return require(path);
  } catch (cause) {
    throw new TesseraError('runtime-failed', `could not be loaded (${cause instanceof Error ? cause.message : String(cause)}).`, {
      subject: path,
      advice: 'Remove the runtime and install it again.',
      cause,
    });
  }
}

/** What the package's own index.js does, less its search for the binding inside node_modules. */
function registerTensorflow(binding: Binding): void {
  const packageName = '@tensorflow/tfjs-node-gpu';
  require(`${packageName}/dist/register_all_kernels`);
  const { NodeJSKernelBackend } = require(`${packageName}/dist/nodejs_kernel_backend`) as {
    readonly NodeJSKernelBackend: new (binding: Binding, packageName: string) => KernelBackend;
  };
  const priority = 3;
  registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, packageName), priority);
}
