import { TesseraError } from '../../base/errors.ts';

/** What differs between operating systems: which wheels fit, what the libraries are called, how a Node addon is linked. */
export interface RuntimePlatform {
  /** The wheel that computes on the processor. */
  readonly cpuPackage: string;
  /** The wheel that computes on an NVIDIA card; absent where TensorFlow makes none. */
  readonly cudaPackage?: string;
  /** Platform tags for pip, newest first, for a Python that has no wheel of its own. */
  readonly wheelTags: readonly string[];
  readonly libraries: readonly [main: string, framework: string];
  /** Linker flags of a Node addon that finds its libraries in `lib/` beside it. */
  readonly linkFlags: readonly string[];
  /** Makes the addon's own start-up code run before that of the libraries it needs; empty where linkers cannot. */
  readonly startFirstFlags: readonly string[];
}

/**
 * @throws TesseraError `runtime-missing` where TensorFlow's wheel carries no library with a C interface to link to (Windows, 32 bits).
 */
export function runtimePlatform(platform: NodeJS.Platform = process.platform, arch: string = process.arch): RuntimePlatform {
  const machine = { x64: 'x86_64', arm64: platform === 'darwin' ? 'arm64' : 'aarch64' }[arch];
  if (platform === 'linux' && machine !== undefined) {
    return {
      cpuPackage: 'tensorflow-cpu',
      ...(machine === 'x86_64' ? { cudaPackage: 'tensorflow' } : {}),
      wheelTags: [`manylinux_2_27_${machine}`, `manylinux_2_17_${machine}`, `manylinux2014_${machine}`],
      libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
      // The old kind of search path also serves what TensorFlow itself opens later, which is how it finds CUDA's libraries.
      linkFlags: ['-shared', '-Wl,--disable-new-dtags', '-Wl,-rpath,$ORIGIN/lib'],
      startFirstFlags: ['-Wl,-z,initfirst'],
    };
  }
  if (platform === 'darwin' && machine === 'arm64') {
    return {
      cpuPackage: 'tensorflow',
      wheelTags: ['macosx_12_0_arm64'],
      libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
      linkFlags: ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/lib'],
      startFirstFlags: [],
    };
  }
  throw new TesseraError('runtime-missing', `TensorFlow cannot be linked on this system (${platform}, ${arch}).`, {
    subject: 'tensorflow',
    advice: 'Use --backend webgpu or --backend wasm.',
  });
}
