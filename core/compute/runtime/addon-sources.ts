import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { addonEntryPoint } from './addon-entry-point.ts';
import { runtimePlatform } from './platform.ts';
import { projectFolder } from '../../base/project-folder.ts';

const require = createRequire(import.meta.url);

/** A Node addon that is compiled on this machine against the installed TensorFlow. */
export interface Addon {
  readonly name: 'tfjs_binding' | 'tessera_kernels';
  readonly sources: readonly string[];
  readonly includes: readonly string[];
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  /** Changes when sources, flags or (for code made for this processor) the processor change. */
  readonly fingerprint: string;
}

/** TensorFlow's own wheels are built with these; Eigen's alignment is part of the binary interface. */
const tensorflowFlags = ['-std=c++17', '-fPIC', '-DEIGEN_MAX_ALIGN_BYTES=64', '-D_GLIBCXX_USE_CXX11_ABI=1', '-w'];

/** The Node-API binding of tfjs-node, from its npm package. */
export function bindingAddon(): Addon {
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding');
  const { linkFlags, startFirstFlags } = runtimePlatform();
  return addon('tfjs_binding', folder, {
    compileFlags: [...tensorflowFlags, '-O2', '-DNAPI_VERSION=8'],
    // Its start-up code must run before TensorFlow's (see addon-entry-point.ts); that of the kernels must run after.
    linkFlags: [...linkFlags, ...startFirstFlags],
    machine: '',
  });
}

/** Tessera's own fused operations for the processor, or `undefined` where the program carries none. */
export function kernelsAddon(folder: string = join(projectFolder(), 'core', 'compute', 'native')): Addon | undefined {
  if (!existsSync(folder) || !readdirSync(folder).some((name) => name.endsWith('.cc'))) return undefined;
  return addon('tessera_kernels', folder, {
    // Not -ffast-math: it would let the compiler drop the checks for NaN that training relies on.
    compileFlags: [
      ...tensorflowFlags,
      '-O3',
      '-march=native',
      '-fno-math-errno',
      '-fno-trapping-math',
      '-ffp-contract=fast',
      '-fassociative-math',
      '-fno-signed-zeros',
    ],
    linkFlags: runtimePlatform().linkFlags,
    machine: processorFeatures(),
  });
}

interface AddonSettings {
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  readonly machine: string;
}

function addon(name: Addon['name'], folder: string, { compileFlags, linkFlags, machine }: AddonSettings): Addon {
  const files = readdirSync(folder)
    .filter((file) => /\.(cc|h|inc)$/.test(file))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify([platform(), arch(), compileFlags, linkFlags, machine, addonEntryPoint]));
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return {
    name,
    sources: files.filter((file) => file.endsWith('.cc')).map((file) => join(folder, file)),
    includes: [folder, join(dirname(require.resolve('node-api-headers/package.json')), 'include')],
    compileFlags,
    linkFlags,
    fingerprint: hash.digest('hex').slice(0, 12),
  };
}

/** What `-march=native` depends on: a cache folder may be shared by machines with different processors. */
function processorFeatures(): string {
  const model = cpus()[0]?.model ?? '';
  try {
    return `${model} ${/^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? ''}`;
  } catch {
    // Only Linux has /proc.
    return model;
  }
}
