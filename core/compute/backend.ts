import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { describeError, TesseraError } from '../base/errors.ts';
import { useFusedKernels } from './fused.ts';
import { loadTensorflow } from './runtime/load.ts';
import { findRuntime } from './runtime/locate.ts';

export type BackendName = 'tensorflow' | 'webgpu' | 'wasm';
export const backendNames: readonly BackendName[] = ['tensorflow', 'webgpu', 'wasm'];

export interface Backend {
  readonly name: BackendName;
  /** The library behind it and its version. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** Whether the compiled operations of core/compute/native are in use. */
  readonly fused: boolean;
  readonly threads: number;
  /** Why a better backend is not used, one line each; told to the user once. */
  readonly notes: readonly string[];
}

export interface BackendOptions {
  readonly threads?: number;
  /** Forces the plain tfjs operations where compiled ones exist: for the conformance tests. */
  readonly plain?: boolean;
}

let started: Promise<Backend> | undefined;

/**
 * Chooses and starts the tensor backend of this process, once: TensorFlow, else WebGPU, else WebAssembly; or just the one asked for.
 * @throws TesseraError `runtime-missing` or `runtime-failed` when the one asked for cannot be had
 */
export function startBackend(choice: BackendName | 'auto' = 'auto', options: BackendOptions = {}): Promise<Backend> {
  started ??= choose(choice, options).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

async function choose(choice: BackendName | 'auto', options: BackendOptions): Promise<Backend> {
  tf.env().set('IS_TEST', false);
  if (choice !== 'auto') return start(choice, options, []);
  const notes: string[] = [];
  for (const name of backendNames) {
    try {
      return await start(name, options, notes);
    } catch (error) {
      notes.push(`${name} is not used: ${describeError(error)}`);
    }
  }
  throw new TesseraError('runtime-failed', `no tensor backend could be started (${notes.join('; ')}).`, { advice: 'Run tessera doctor.' });
}

function start(name: BackendName, options: BackendOptions, notes: readonly string[]): Promise<Backend> {
  const starters = { tensorflow: startTensorflow, webgpu: startWebgpu, wasm: startWasm };
  return starters[name](options, notes);
}

async function startTensorflow(options: BackendOptions, notes: readonly string[]): Promise<Backend> {
  const runtime = findRuntime();
  if (runtime === undefined)
    throw new TesseraError('runtime-missing', 'the TensorFlow runtime is not installed.', { advice: 'Run: tessera runtime install' });
  const threads = options.threads ?? availableParallelism();
  const loaded = await loadTensorflow(runtime, { threads });
  await activate('tensorflow');
  // The compiled operations work on main memory.
  const fused = loaded.kernels && loaded.device === 'cpu' && options.plain !== true;
  useFusedKernels(fused);
  const problem = loaded.kernelsProblem === undefined ? [] : [`fused operations are not used: ${loaded.kernelsProblem}`];
  return {
    name: 'tensorflow',
    version: `TensorFlow ${loaded.version}`,
    device: loaded.device,
    fused,
    threads,
    notes: [...notes, ...problem],
  };
}

interface WebgpuModule {
  create(flags: readonly string[]): {
    requestAdapter(): Promise<{ readonly info?: { readonly description?: string; readonly device?: string } } | null>;
  };
  readonly globals: Record<string, unknown>;
}

async function startWebgpu(_options: BackendOptions, notes: readonly string[]): Promise<Backend> {
  const dawn = (await import('webgpu')) as unknown as WebgpuModule;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  // Node 21 and later have a navigator of their own, read-only.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  const adapter = await gpu.requestAdapter();
  if (adapter === null)
    throw new TesseraError('runtime-missing', 'no WebGPU adapter was found.', { advice: 'Install a Vulkan, Metal or D3D12 driver.' });
  await import('@tensorflow/tfjs-backend-webgpu');
  await activate('webgpu');
  useFusedKernels(false);
  const described = adapter.info?.description ?? adapter.info?.device ?? 'unknown adapter';
  return { name: 'webgpu', version: `WebGPU (Dawn), ${described}`, device: 'gpu', fused: false, threads: 1, notes };
}

async function startWasm(_options: BackendOptions, notes: readonly string[]): Promise<Backend> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  wasm.setWasmPaths(join(folder, 'wasm-out') + '/');
  await activate('wasm');
  useFusedKernels(false);
  return { name: 'wasm', version: `WebAssembly (tfjs ${tf.version_core})`, device: 'cpu', fused: false, threads: 1, notes };
}

async function activate(name: BackendName): Promise<void> {
  const chosen = await tf.setBackend(name);
  if (!chosen) throw new TesseraError('runtime-failed', `the ${name} backend did not start.`, { advice: 'Run tessera doctor.' });
  await tf.ready();
}
