import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { ensureBuilt } from './build.ts';
import { runtimesFolder } from './cache-folder.ts';
import { findCompiler, missingCompiler } from './compiler.ts';
import { cudaRequirements } from './cuda-requirements.ts';
import type { RuntimeInfo } from './locate.ts';
import { manifestName, readManifest, type RuntimeManifest } from './manifest.ts';
import { hasNvidiaDriver } from './nvidia.ts';
import { pipDownload } from './pip-download.ts';
import { runtimePlatform, type RuntimePlatform } from './platform.ts';
import { findPip } from './python.ts';
import { unpackWheel, wheelName, type UnpackedFile } from './wheel.ts';

export interface InstallOptions {
  /** `auto`: CUDA where an NVIDIA driver is found and TensorFlow has a wheel for it, else the processor. */
  readonly variant: 'cpu' | 'cuda' | 'auto';
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** The versions whose C interface the binding of tfjs-node 4.22 uses; the upper end is the newest that was tried. */
const versions = '>=2.17,<2.22';

/**
 * Fetches TensorFlow's wheel with pip, takes its libraries and headers out of it, and compiles the binding against them, all below
 * the user's cache folder. Nothing is installed into Python. Whatever goes wrong, no half-made runtime stays.
 * @throws TesseraError `runtime-missing` (no Python, pip, compiler or network), `bad-file` (the wheel differs from its own hashes),
 *   `runtime-failed` (the binding does not compile), `write-failed`, `cancelled`.
 */
export async function installTensorflow(options: InstallOptions): Promise<RuntimeInfo> {
  const { report, signal, env = process.env } = options;
  const platform = runtimePlatform();
  const variant = await chooseVariant(options, platform);
  // Asked for before anything is fetched: who lacks a compiler should hear it now, not after 260 MB.
  if ((await findCompiler(env, signal)) === undefined) throw missingCompiler();
  const pip = await findPip(env, signal);

  const parent = runtimesFolder(env);
  await removeLeftovers(parent);
  const work = join(parent, `.installing-${randomUUID().slice(0, 8)}`);
  const made = join(work, 'runtime');
  try {
    await mkdir(made, { recursive: true });
    const download = (requirement: string): Promise<string> =>
      timed(report, `Fetched ${requirement}`, () =>
        pipDownload(pip, requirement, join(work, 'wheels'), { env, signal, wheelTags: platform.wheelTags }),
      );

    const packageName = variant === 'cuda' ? (platform.cudaPackage ?? platform.cpuPackage) : platform.cpuPackage;
    report(
      `Fetching TensorFlow for the ${variant === 'cuda' ? 'NVIDIA card' : 'processor'} with pip (once, about ${variant === 'cuda' ? '3 GB' : '260 MB'})`,
    );
    const wheels = [await download(`${packageName}${versions}`)];
    const tensorflow = wheels[0] ?? '';
    if (variant === 'cuda') for (const requirement of await cudaRequirements(tensorflow)) wheels.push(await download(requirement));

    const libraries: UnpackedFile[] = [];
    for (const wheel of wheels) {
      const unpack = (): Promise<UnpackedFile[]> =>
        unpackWheel(wheel, made, { signal, place: wheel === tensorflow ? (name) => placeTensorflow(name, platform) : placeCudaLibrary });
      const files = await timed(report, `Unpacked and checked ${basename(wheel)}`, unpack);
      libraries.push(...files.filter((file) => file.path.startsWith('lib/')));
    }
    requireLibraries(tensorflow, libraries, platform);

    const manifest: RuntimeManifest = {
      format: 1,
      version: wheelName(tensorflow).version,
      variant,
      wheels: await Promise.all(wheels.map(async (wheel) => ({ name: basename(wheel), sha256: await fileSha256(wheel) }))),
      libraries,
      installed: new Date().toISOString(),
    };
    const built = await ensureBuilt(made, { env, signal, report });
    if (built.kernelsProblem !== undefined) report(`Going on without fused kernels: ${built.kernelsProblem}`);
    await writeFileAtomic(join(made, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    const folder = join(parent, `tensorflow-${manifest.version}-${variant}`);
    await putInPlace(made, folder);
    return { folder, version: manifest.version, variant, manifest, shipped: false };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function chooseVariant(options: InstallOptions, platform: RuntimePlatform): Promise<'cpu' | 'cuda'> {
  if (options.variant === 'cpu') return 'cpu';
  const { env = process.env, signal } = options;
  if (options.variant === 'cuda') {
    if (platform.cudaPackage !== undefined) return 'cuda';
    throw new TesseraError('bad-setting', 'TensorFlow has no CUDA build for this system.', {
      subject: 'variant',
      advice: 'Use cpu or auto.',
    });
  }
  return platform.cudaPackage !== undefined && (await hasNvidiaDriver(env, signal)) ? 'cuda' : 'cpu';
}

function placeTensorflow(name: string, platform: RuntimePlatform): string | undefined {
  const library = /^tensorflow\/([^/]+)$/.exec(name)?.[1];
  if (library !== undefined) return platform.libraries.includes(library) ? `lib/${library}` : undefined;
  return name.startsWith('tensorflow/include/') ? name.slice('tensorflow/'.length) : undefined;
}

/** TensorFlow looks for CUDA's libraries beside its own, so all of them share one folder. */
function placeCudaLibrary(name: string): string | undefined {
  const library = /^nvidia\/.+\/([^/]+\.so(?:\.\d+)*)$/.exec(name)?.[1];
  return library === undefined ? undefined : `lib/${library}`;
}

function requireLibraries(wheel: string, found: readonly UnpackedFile[], platform: RuntimePlatform): void {
  for (const library of platform.libraries) {
    if (found.some((file) => file.path === `lib/${library}`)) continue;
    throw new TesseraError('bad-file', `it holds no ${library}.`, {
      subject: basename(wheel),
      advice: 'Check which package index pip uses.',
    });
  }
}

/** One rename makes the runtime appear whole; another process may have been faster, and then its copy is as good. */
async function putInPlace(made: string, folder: string): Promise<void> {
  const old = `${made}-replaced`;
  await rename(folder, old).catch(() => undefined);
  await rename(made, folder).catch((cause: unknown) => {
    if (readManifest(folder) === undefined) throw cause;
  });
}

async function removeLeftovers(parent: string): Promise<void> {
  const dayAgo = Date.now() - 86_400_000;
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith('.installing-')) continue;
    const path = join(parent, name);
    const made = await stat(path).catch(() => undefined);
    if (made !== undefined && made.mtimeMs < dayAgo) await rm(path, { recursive: true, force: true });
  }
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function timed<T>(report: (line: string) => void, what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  report(`${what} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
