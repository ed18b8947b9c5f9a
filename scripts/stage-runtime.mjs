// Puts the TensorFlow of this machine beside the staged host, so that an installed Tessera computes with it from its first start.
import { constants, cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, say } from './prepare.mjs';

/**
 * The runtime that can be shipped: one for the processor, since CUDA's libraries are NVIDIA's. Its binding is compiled where it is missing.
 * @returns undefined where none is installed, or TESSERA_RUNTIME=none
 */
export async function shippableRuntime() {
  if (process.env.TESSERA_RUNTIME === 'none') return undefined;
  const load = (name) => import(pathToFileURL(join(root, 'dist', 'core', 'compute', 'runtime', `${name}.js`)).href);
  const [{ listRuntimes }, { ensureBuilt }] = await Promise.all([load('locate'), load('build')]);
  const runtime = listRuntimes().find(({ variant }) => variant === 'cpu');
  if (runtime === undefined) return undefined;
  const { binding } = await ensureBuilt(runtime.folder, { report: say });
  return { folder: runtime.folder, version: runtime.version, binding };
}

/**
 * Copies libraries, headers (for what is compiled on the user's machine, for its processor) and the binding, or makes sure that none are there.
 * @returns what the list of contents says of it
 */
export function stageRuntime(host, runtime) {
  const folder = join(host, 'runtime');
  rmSync(folder, { recursive: true, force: true });
  if (runtime === undefined)
    return 'TensorFlow: not inside; computes with WebGPU or WebAssembly until "runtime install" of the command line has fetched it';
  const to = join(folder, basename(runtime.folder));
  mkdirSync(to, { recursive: true });
  // Where the file system can, the gigabyte is not written a second time.
  const copy = (name) =>
    cpSync(join(runtime.folder, name), join(to, name), { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE });
  // The manifest comes last: a folder with it is complete.
  for (const name of ['lib', 'include', basename(runtime.binding), 'manifest.json']) copy(name);
  return `TensorFlow ${runtime.version} for the processor: inside`;
}
