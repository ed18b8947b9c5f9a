import { mkdir, readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installTensorflow } from '../../../core/compute/runtime/install.ts';
import { findRuntime, listRuntimes, removeRuntime, type RuntimeInfo } from '../../../core/compute/runtime/locate.ts';
import { runCommand } from '../../../core/compute/runtime/run-command.ts';
import { madeCompiler, madePython, makeMachine, type MadeMachine } from './support/made-programs.ts';
import { recordHash, writeWheel } from './support/made-wheel.ts';

const libraries = { 'tensorflow/libtensorflow_cc.so.2': 'the library', 'tensorflow/libtensorflow_framework.so.2': 'the framework' };
const tensorflowFiles = { ...libraries, 'tensorflow/include/tensorflow/c/c_api.h': '// header', 'tensorflow/python/big.so': 'not wanted' };

async function completeMachine(): Promise<MadeMachine> {
  const machine = await makeMachine();
  await machine.program('c++', madeCompiler);
  await machine.program('python3', madePython);
  await mkdir(join(machine.folder, 'wheels'));
  await writeWheel(join(machine.folder, 'wheels', 'tensorflow_cpu-2.21.0-cp311-cp311-made.whl'), { files: tensorflowFiles });
  await writeWheel(join(machine.folder, 'wheels', 'tensorflow-2.21.0-cp311-cp311-made.whl'), {
    files: tensorflowFiles,
    metadata: 'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5; extra == "and-cuda"\n',
  });
  await writeWheel(join(machine.folder, 'wheels', 'nvidia_cublas_cu12-12.9.1-py3-none-made.whl'), {
    files: { 'nvidia/cublas/lib/libcublas.so.12': 'cublas', 'nvidia/cublas/include/cublas.h': '// not wanted', 'nvidia/__init__.py': '' },
  });
  return machine;
}

function install(
  machine: MadeMachine,
  options: { variant?: 'cpu' | 'cuda' | 'auto'; signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
): Promise<RuntimeInfo> {
  return installTensorflow({
    variant: options.variant ?? 'cpu',
    report: () => undefined,
    signal: options.signal,
    env: { ...machine.env, ...options.env },
  });
}

/** What lies in the folder of runtimes; nothing half-made may stay there. */
async function left(machine: MadeMachine): Promise<string[]> {
  const folder = join(machine.folder, 'cache', 'tessera', 'runtime');
  return existsSync(folder) ? readdir(folder) : [];
}

const unix = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!unix)('installing TensorFlow (made programs for Linux x64)', () => {
  it('unpacks the libraries and headers, builds, and is found', async () => {
    const machine = await completeMachine();
    expect(findRuntime(machine.env)).toBeUndefined();
    const info = await install(machine);
    expect(info).toMatchObject({ version: '2.21.0', variant: 'cpu' });
    expect(await readFile(join(info.folder, 'lib', 'libtensorflow_cc.so.2'), 'utf8')).toBe('the library');
    expect(await readFile(join(info.folder, 'include', 'tensorflow', 'c', 'c_api.h'), 'utf8')).toBe('// header');
    expect(existsSync(join(info.folder, 'python'))).toBe(false);
    expect(info.manifest.wheels[0]?.name).toBe('tensorflow_cpu-2.21.0-cp311-cp311-made.whl');
    expect(info.manifest.libraries.map((file) => file.path).sort()).toEqual([
      'lib/libtensorflow_cc.so.2',
      'lib/libtensorflow_framework.so.2',
    ]);
    expect((await readdir(info.folder)).some((name) => name.startsWith('tfjs_binding-'))).toBe(true);
    expect(findRuntime(machine.env)).toEqual(info);
    expect(await left(machine)).toEqual(['tensorflow-2.21.0-cpu']);
    await removeRuntime(info);
    expect(listRuntimes(machine.env)).toEqual([]);
  });

  it('replaces an installation of the same version', async () => {
    const machine = await completeMachine();
    await install(machine);
    const again = await install(machine);
    expect(listRuntimes(machine.env)).toEqual([again]);
    expect(await left(machine)).toEqual(['tensorflow-2.21.0-cpu']);
  });

  it('takes the CUDA libraries that the wheel asks for, and is preferred', async () => {
    const machine = await completeMachine();
    await machine.program('nvidia-smi', 'echo "GPU 0: a card"');
    await install(machine, { variant: 'cpu' });
    const info = await install(machine, { variant: 'auto' });
    expect(info.variant).toBe('cuda');
    expect((await readdir(join(info.folder, 'lib'))).sort()).toEqual([
      'libcublas.so.12',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
    ]);
    expect((await machine.log()).filter((line) => line.startsWith('pip'))).toContain('pip nvidia-cublas-cu12<13.0,>=12.5');
    expect(findRuntime(machine.env)).toEqual(info);
    expect(listRuntimes(machine.env).map(({ variant }) => variant)).toEqual(['cuda', 'cpu']);
  });

  it.skipIf(existsSync('/proc/driver/nvidia/version'))(
    'computes on the processor where no NVIDIA driver is (skipped where one is)',
    async () => {
      expect((await install(await completeMachine(), { variant: 'auto' })).variant).toBe('cpu');
    },
  );

  it('refuses a wheel whose library was tampered with', async () => {
    const machine = await completeMachine();
    await writeWheel(join(machine.folder, 'wheels', 'tensorflow_cpu-2.21.0-cp311-cp311-made.whl'), {
      files: tensorflowFiles,
      falseHashes: { 'tensorflow/libtensorflow_cc.so.2': recordHash('what its makers packed') },
    });
    await expect(install(machine)).rejects.toMatchObject({ code: 'bad-file', message: expect.stringContaining('libtensorflow_cc.so.2') });
    expect(await left(machine)).toEqual([]);
  });

  it('refuses a wheel without the library', async () => {
    const machine = await completeMachine();
    await writeWheel(join(machine.folder, 'wheels', 'tensorflow_cpu-2.21.0-cp311-cp311-made.whl'), {
      files: { 'tensorflow/__init__.py': '' },
    });
    await expect(install(machine)).rejects.toMatchObject({ code: 'bad-file', message: expect.stringContaining('libtensorflow_cc') });
    expect(await left(machine)).toEqual([]);
  });

  it('fails when the binding does not compile, with the words of the compiler', async () => {
    const machine = await completeMachine();
    await machine.program('c++', `if [ "$1" = --version ]; then echo made; exit 0; fi; echo "c_api.h:1: error: no such thing" >&2; exit 1`);
    await expect(install(machine)).rejects.toMatchObject({ code: 'runtime-failed', message: expect.stringContaining('no such thing') });
    expect(await left(machine)).toEqual([]);
  });

  it('names a missing compiler before it fetches anything', async () => {
    const machine = await completeMachine();
    await machine.program('c++', 'exit 1');
    await expect(install(machine)).rejects.toMatchObject({ code: 'runtime-missing', subject: 'c++' });
    expect(await machine.log()).toEqual([]);
  });

  it('names a missing Python', async () => {
    const machine = await makeMachine();
    await machine.program('c++', madeCompiler);
    await expect(install(machine)).rejects.toMatchObject({
      code: 'runtime-missing',
      subject: 'python3',
      message: expect.stringContaining('no Python'),
    });
  });

  it('names a Python without pip', async () => {
    const machine = await makeMachine();
    await machine.program('c++', madeCompiler);
    await machine.program('python3', `[ "$1" = --version ] && exit 0; echo "No module named pip" >&2; exit 1`);
    await expect(install(machine)).rejects.toMatchObject({
      code: 'runtime-missing',
      subject: 'python3',
      message: expect.stringContaining('no pip'),
    });
  });

  it('asks again for wheels of another Python when the own one has none', async () => {
    const machine = await completeMachine();
    const refuseOwn = `case "$*" in *--version*|*"--python-version 3.11"*) ;; *) echo "ERROR: No matching distribution" >&2; exit 1;; esac`;
    await machine.program('python3', `${refuseOwn}\n${madePython}`);
    expect((await install(machine)).version).toBe('2.21.0');
  });

  it('repeats the words of pip when no wheel fits', async () => {
    const machine = await completeMachine();
    await expect(install(machine, { env: { WHEELS: '/nowhere' } })).rejects.toMatchObject({
      code: 'runtime-missing',
      message: expect.stringContaining('No matching distribution found for tensorflow-cpu'),
      advice: expect.stringContaining('package index'),
    });
    expect(await left(machine)).toEqual([]);
  });

  it('leaves nothing when cancelled', async () => {
    const machine = await completeMachine();
    const controller = new AbortController();
    await machine.program('python3', `if [ "$3" = --version ]; then exit 0; fi; echo started >>"$LOG"; exec sleep 60`);
    const installing = install(machine, { signal: controller.signal });
    const poll = setInterval(() => {
      void machine.log().then((lines) => {
        if (lines.length > 0) controller.abort();
      });
    }, 20);
    await expect(installing).rejects.toMatchObject({ code: 'cancelled' });
    clearInterval(poll);
    expect(await left(machine)).toEqual([]);
  });
});

const realPip = (await runCommand('python3', ['-m', 'pip', '--version'])).status === 0;

describe.skipIf(!unix || !realPip)('installing without a network (needs Linux x64 and python3 with pip)', () => {
  it('says that pip found no network', async () => {
    const machine = await makeMachine();
    await machine.program('c++', madeCompiler);
    // Nothing listens on the discard port, and no configuration of this machine may lead pip elsewhere.
    const env = {
      PATH: `${machine.env['PATH'] ?? ''}:${process.env['PATH'] ?? ''}`,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    };
    await expect(install(machine, { env })).rejects.toMatchObject({
      code: 'runtime-missing',
      subject: expect.stringContaining('tensorflow-cpu'),
      advice: expect.stringContaining('Connect to the network'),
    });
    expect(await left(machine)).toEqual([]);
  });
});
