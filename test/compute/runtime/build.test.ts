import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureBuilt, type BuildOptions, type BuiltAddons } from '../../../core/compute/runtime/build.ts';
import { madeCompiler, makeMachine, type MadeMachine } from './support/made-programs.ts';

interface Workshop {
  readonly machine: MadeMachine;
  readonly runtime: string;
  readonly kernels: string;
  build(options?: BuildOptions): Promise<BuiltAddons>;
  /** How often each addon was linked. */
  linked(): Promise<number>;
}

async function makeWorkshop(): Promise<Workshop> {
  const machine = await makeMachine();
  await machine.program('c++', madeCompiler);
  const runtime = join(machine.folder, 'runtime');
  const kernels = join(machine.folder, 'kernels');
  await mkdir(runtime);
  await mkdir(kernels);
  await writeFile(join(kernels, 'gelu.cc'), '// one');
  return {
    machine,
    runtime,
    kernels,
    build: (options) => ensureBuilt(runtime, { env: machine.env, kernelSources: kernels, ...options }),
    linked: async () => (await machine.log()).filter((line) => line === 'linked.node').length,
  };
}

describe.skipIf(process.platform === 'win32')('building the addons (needs a shell for the made compiler)', () => {
  it('builds both once and finds them again', async () => {
    const { build, linked, runtime } = await makeWorkshop();
    const first = await build();
    expect(basename(first.binding)).toMatch(/^tfjs_binding-[0-9a-f]{12}-[0-9a-f]{8}\.node$/);
    expect(basename(first.kernels ?? '')).toMatch(/^tessera_kernels-/);
    expect(await build()).toEqual(first);
    expect(await linked()).toBe(2);
    expect((await readdir(runtime)).length).toBe(2);
  });

  it('builds once for two callers at the same time', async () => {
    const { build, linked } = await makeWorkshop();
    const [first, second] = await Promise.all([build(), build()]);
    expect(first).toEqual(second);
    expect(await linked()).toBe(2);
  });

  it('rebuilds only the kernels when their source or a header changes', async () => {
    const { build, linked, kernels } = await makeWorkshop();
    const first = await build();
    await writeFile(join(kernels, 'gelu.cc'), '// two');
    const second = await build();
    expect(second.binding).toBe(first.binding);
    expect(second.kernels).not.toBe(first.kernels);
    await writeFile(join(kernels, 'op.h'), '// a header');
    expect((await build()).kernels).not.toBe(second.kernels);
    expect(await linked()).toBe(4);
  });

  it('rebuilds everything for another compiler', async () => {
    const { build, linked, machine } = await makeWorkshop();
    await build();
    await build({ env: { ...machine.env, COMPILER_VERSION: '2.0' } });
    expect(await linked()).toBe(4);
  });

  // macOS has no variable that moves its cache folder.
  it.skipIf(process.platform === 'darwin')('writes nothing beside a runtime that was shipped with the program', async () => {
    const { build, linked, machine, runtime } = await makeWorkshop();
    const { binding, kernels = '' } = await build();
    await rm(kernels);
    const before = await readdir(runtime);
    // Another compiler: the binding that came along serves all the same, the kernels are made for this processor.
    const options = {
      shipped: machine.folder,
      env: { ...machine.env, COMPILER_VERSION: '3.0', XDG_CACHE_HOME: join(machine.folder, 'user') },
    };
    const first = await build(options);
    expect(first.binding).toBe(binding);
    expect(dirname(first.kernels ?? '')).toMatch(/user[\\/]tessera[\\/]runtime[\\/]\.shipped-runtime$/);
    expect(await readlink(join(dirname(first.kernels ?? ''), 'lib'))).toBe(join(runtime, 'lib'));
    expect(await build(options)).toEqual(first);
    expect(await linked()).toBe(3);
    expect(await readdir(runtime)).toEqual(before);
  });

  it('goes on without kernels that do not compile, and does not try the same again', async () => {
    const { build, kernels, machine } = await makeWorkshop();
    await writeFile(join(kernels, 'worse.cc'), '// BROKEN');
    const first = await build();
    expect(first.kernels).toBeUndefined();
    expect(first.kernelsProblem).toContain('worse.cc:1: error: it is broken');
    const runs = (await machine.log()).length;
    expect(await build()).toEqual(first);
    expect((await machine.log()).length).toBe(runs);
    await writeFile(join(kernels, 'worse.cc'), '// mended');
    expect((await build()).kernelsProblem).toBeUndefined();
  });

  it('needs no kernels', async () => {
    const { build, kernels } = await makeWorkshop();
    await rm(kernels, { recursive: true });
    const built = await build();
    expect(Object.keys(built)).toEqual(['binding']);
  });

  it('does not miss a compiler that was removed after the installation', async () => {
    const { build, machine } = await makeWorkshop();
    const first = await build();
    expect(await build({ env: { ...machine.env, PATH: join(machine.folder, 'nothing') } })).toEqual(first);
  });

  it('names the missing compiler', async () => {
    const { build, machine } = await makeWorkshop();
    await expect(build({ env: { ...machine.env, PATH: join(machine.folder, 'nothing') } })).rejects.toMatchObject({
      code: 'runtime-missing',
      subject: 'c++',
      advice: expect.stringContaining('apt-get install g++'),
    });
  });

  it('leaves nothing half-built when cancelled', async () => {
    const { build, runtime } = await makeWorkshop();
    await expect(build({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(runtime)).toEqual([]);
  });
});
