import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runtimesFolder } from '../../../core/compute/runtime/cache-folder.ts';
import { findRuntime, listRuntimes, removeRuntime } from '../../../core/compute/runtime/locate.ts';

let env: NodeJS.ProcessEnv;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tessera-locate-'));
  env = { XDG_CACHE_HOME: root, LOCALAPPDATA: root };
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(name: string, manifest: unknown, parent = runtimesFolder(env)): Promise<void> {
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'manifest.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
}

function manifest(version: string, variant: string): object {
  return { format: 1, version, variant, wheels: [], libraries: [], installed: '2026-11-21T00:00:00.000Z' };
}

// macOS has no variable that moves its cache folder, and the tests must not touch the user's own.
describe.skipIf(process.platform === 'darwin')('finding a runtime (skipped on macOS)', () => {
  it('finds none where nothing was installed', () => {
    expect(findRuntime(env)).toBeUndefined();
  });

  it('prefers CUDA, then the newer version by number', async () => {
    await put('tensorflow-2.9.1-cpu', manifest('2.9.1', 'cpu'));
    await put('tensorflow-2.21.0-cpu', manifest('2.21.0', 'cpu'));
    await put('tensorflow-2.20.0-cuda', manifest('2.20.0', 'cuda'));
    expect(listRuntimes(env).map(({ version, variant }) => `${version} ${variant}`)).toEqual(['2.20.0 cuda', '2.21.0 cpu', '2.9.1 cpu']);
    const first = findRuntime(env);
    if (first === undefined) throw new Error('none was found');
    await removeRuntime(first);
    expect(findRuntime(env)?.version).toBe('2.21.0');
  });

  it('prefers one that was shipped with the program, but for CUDA', async () => {
    const program = join(root, 'program', 'runtime');
    await put('tensorflow-2.21.0-cpu', manifest('2.21.0', 'cpu'));
    await put('tensorflow-2.20.0-cpu', manifest('2.20.0', 'cpu'), program);
    expect(findRuntime(env, program)).toMatchObject({ version: '2.20.0', shipped: true, folder: join(program, 'tensorflow-2.20.0-cpu') });
    await put('tensorflow-2.18.0-cuda', manifest('2.18.0', 'cuda'));
    expect(listRuntimes(env, program).map(({ version, shipped }) => [version, shipped])).toEqual([
      ['2.18.0', false],
      ['2.20.0', true],
      ['2.21.0', false],
    ]);
  });

  it('passes over what is half-made, broken, or of a later program', async () => {
    await put('.installing-1234', manifest('2.21.0', 'cpu'));
    await put('tensorflow-2.21.0-cpu', '{ "format": 1, "ver');
    await put('tensorflow-2.22.0-cpu', { ...manifest('2.22.0', 'cpu'), format: 2 });
    await mkdir(join(runtimesFolder(env), 'tensorflow-2.23.0-cpu'));
    expect(listRuntimes(env)).toEqual([]);
  });
});
