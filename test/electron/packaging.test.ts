import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Arch, build, Platform, type Configuration } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What the scripts, which carry no types, are used for here. */
interface Scripts {
  packagingConfig(given: { host: string; node: string; output: string; electronDist: string }): Configuration;
  stageHost(folder: string, given: { project: string }): string[];
  runtimePackages(project?: string): string[];
  stageRuntime(host: string, runtime: { folder: string; version: string; binding: string } | undefined): string;
}

const root = join(import.meta.dirname, '..', '..');
const load = async (name: string): Promise<Scripts> => (await import(pathToFileURL(join(root, 'scripts', name)).href)) as Scripts;
const { version: electronVersion } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')) as {
  version: string;
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-packaging-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function list(path: string): string[] {
  const entries = readdirSync(join(folder, path), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, path).length + 1))
    .map((name) => name.split(sep).join('/'))
    .sort();
}

const FUSES = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** As they are in Electron as it is delivered: the first lets it run as Node, the last is of its WebAssembly. */
const DELIVERED = '101100011';

/** What electron-builder needs of a distribution of Electron: the program with its fuses, and what lies about it. */
function standInElectron(): string {
  put('electron/electron', Buffer.concat([Buffer.from(`stand-in ${FUSES}`), Buffer.from([1, DELIVERED.length]), Buffer.from(DELIVERED)]));
  chmodSync(join(folder, 'electron', 'electron'), 0o755);
  for (const name of ['version', 'LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak', 'resources/other.pak'])
    put(`electron/${name}`, electronVersion);
  return join(folder, 'electron');
}

/** TensorFlow as it lies in the cache of the user, with things in it that are of this machine alone. */
function madeRuntime(): { folder: string; version: string; binding: string } {
  const place = 'cache/tensorflow-2.21.0-cpu';
  for (const name of ['manifest.json', 'lib/libtensorflow_cc.so.2', 'include/LICENSE', 'include/tensorflow/c/c_api.h', 'include/x/y.cc'])
    put(`${place}/${name}`);
  for (const name of ['tfjs_binding-new-1.node', 'tfjs_binding-old-1.node', 'tessera_kernels-a-1.node', '.build-1/a.o'])
    put(`${place}/${name}`);
  return { folder: join(folder, place), version: '2.21.0', binding: join(folder, place, 'tfjs_binding-new-1.node') };
}

interface AsarFolder {
  readonly files: Readonly<Record<string, AsarFolder | { readonly size: number }>>;
}

/** Names in an archive of Electron: a length, then a table in JSON. */
function listAsar(path: string): string[] {
  const bytes = readFileSync(path);
  const { files } = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12))) as AsarFolder;
  const walk = (entries: AsarFolder['files'], above: string): string[] =>
    Object.entries(entries).flatMap(([name, entry]) => ('files' in entry ? walk(entry.files, `${above}${name}/`) : [`${above}${name}`]));
  return walk(files, '').sort();
}

describe('an installed Tessera, made with a stand-in for Electron', () => {
  const installed = join('out', 'linux-unpacked');

  beforeAll(async () => {
    // A project as it is after building, with things in it that must not be shipped.
    cpSync(join(root, 'package.json'), join(folder, 'project', 'package.json'));
    cpSync(join(root, 'resources', 'icons'), join(folder, 'project', 'resources', 'icons'), { recursive: true });
    for (const name of ['main.js', 'preload.cjs', 'main.js.map']) put(`project/dist/electron/${name}`, '//');
    for (const name of ['electron/main.ts', 'dist/core/cli/main.js', 'out/scan.nii.gz', '.env', 'test/x.ts']) put(`project/${name}`, 'x');
    put('project/node_modules/zod/package.json', '{"name":"zod","version":"1.0.0"}');
    for (const name of [
      'package.json',
      'dist/core/cli/main.js',
      'dist/renderer/index.html',
      'resources/samples/a.nii.gz',
      'core/compute/native/a.cc',
    ])
      put(`host/${name}`, '{}');
    for (const name of ['a/package.json', 'a/kernel.wasm', 'a/node_modules/b/index.js', '@c/d/index.js'])
      put(`host/node_modules/${name}`, '{}');
    (await load('stage-runtime.mjs')).stageRuntime(join(folder, 'host'), madeRuntime());
    put('node-program', 'node');
    chmodSync(join(folder, 'node-program'), 0o755);
    const { packagingConfig } = await load('packaging.mjs');
    const config = packagingConfig({
      host: join(folder, 'host'),
      node: join(folder, 'node-program'),
      output: join(folder, 'out'),
      electronDist: standInElectron(),
    });
    await build({
      projectDir: join(folder, 'project'),
      targets: Platform.LINUX.createTarget('dir', Arch.x64),
      config: { ...config, electronVersion },
    });
  });

  it('has the bundled shell in its archive, and nothing else', () => {
    expect(listAsar(join(folder, installed, 'resources', 'app.asar'))).toEqual([
      'dist/electron/main.js',
      'dist/electron/preload.cjs',
      'package.json',
      'resources/icons/tessera.png',
    ]);
  });

  it('starts with that shell', () => {
    const archive = readFileSync(join(folder, installed, 'resources', 'app.asar'), 'utf8');
    expect(archive).toContain('"main": "dist/electron/main.js"');
  });

  it('has host, packages, WebAssembly and Node beside it as plain files', () => {
    const node = process.platform === 'win32' ? 'node/node.exe' : 'node/node';
    expect(list(join(installed, 'resources'))).toEqual(
      [
        'LICENSE',
        'NOTICE',
        'app.asar',
        'host/core/compute/native/a.cc',
        'host/dist/core/cli/main.js',
        'host/dist/renderer/index.html',
        'host/node_modules/@c/d/index.js',
        'host/node_modules/a/kernel.wasm',
        'host/node_modules/a/node_modules/b/index.js',
        'host/node_modules/a/package.json',
        'host/package.json',
        'host/resources/samples/a.nii.gz',
        'host/runtime/tensorflow-2.21.0-cpu/include/LICENSE',
        'host/runtime/tensorflow-2.21.0-cpu/include/tensorflow/c/c_api.h',
        'host/runtime/tensorflow-2.21.0-cpu/include/x/y.cc',
        'host/runtime/tensorflow-2.21.0-cpu/lib/libtensorflow_cc.so.2',
        'host/runtime/tensorflow-2.21.0-cpu/manifest.json',
        'host/runtime/tensorflow-2.21.0-cpu/tfjs_binding-new-1.node',
        node,
        'other.pak',
      ].sort(),
    );
    if (process.platform !== 'win32') expect(statSync(join(folder, installed, 'resources', node)).mode & 0o111).not.toBe(0);
  });

  it('has its fuses flipped: no Node inside, no flags for one, only its own archive, checked', () => {
    const program = readFileSync(join(folder, installed, 'tessera'));
    const at = program.indexOf(FUSES) + FUSES.length + 2;
    const state = program.toString('latin1', at, at + DELIVERED.length);
    // Run as Node, encrypted cookies, NODE_OPTIONS, --inspect, archive checked, archive only, own snapshot, file:// rights, WebAssembly traps.
    expect(state).toBe('010011001');
  });
});

describe('the configuration', () => {
  const config = async (): Promise<Configuration> =>
    (await load('packaging.mjs')).packagingConfig({ host: '/host', node: '/node', output: '/out', electronDist: '/electron' });

  it('makes AppImage, deb, nsis and dmg, with icons that exist', async () => {
    const { linux, win, mac } = await config();
    expect([linux?.target, win?.target, mac?.target]).toEqual([['AppImage', 'deb'], ['nsis'], ['dmg']]);
    for (const icon of [linux?.icon, win?.icon, mac?.icon]) expect(existsSync(String(icon))).toBe(true);
  });

  it('opens scans, and publishes nothing', async () => {
    const { fileAssociations, publish } = await config();
    const endings = [fileAssociations].flat().flatMap((association) => association?.ext ?? []);
    expect(endings).toEqual(expect.arrayContaining(['nii', 'nii.gz', 'dcm', 'nrrd', 'mha']));
    expect(publish).toBeNull();
  });
});

describe('TensorFlow in an installer', () => {
  it('is told of in the list of contents, also where it is not inside', async () => {
    const { stageRuntime } = await load('stage-runtime.mjs');
    const host = join(folder, 'other-host');
    expect(stageRuntime(host, madeRuntime())).toBe('TensorFlow 2.21.0 for the processor: inside');
    expect(existsSync(join(host, 'runtime'))).toBe(true);
    expect(stageRuntime(host, undefined)).toMatch(/^TensorFlow: not inside/);
    expect(existsSync(join(host, 'runtime'))).toBe(false);
  });
});

describe('the host as it is shipped', () => {
  it('is built code, resources and packages; nothing for working on it', async () => {
    const { stageHost } = await load('stage-host.mjs');
    const lock = {
      packages: {
        '': { name: 'x' },
        'node_modules/a': {},
        'node_modules/a/node_modules/b': {},
        'node_modules/tool': { dev: true },
        'node_modules/a/node_modules/tool': { dev: true },
        'node_modules/for-another-system': { optional: true },
      },
    };
    put('p/package-lock.json', JSON.stringify(lock));
    put('p/package.json', '{"name":"tessera","version":"1.2.3","type":"module","scripts":{"x":"y"},"devDependencies":{"tool":"1"}}');
    for (const name of [
      'a/index.js',
      'a/index.js.map',
      'a/x.wasm',
      'a/node_modules/b/index.js',
      'a/node_modules/tool/index.js',
      'tool/index.js',
    ])
      put(`p/node_modules/${name}`);
    for (const name of [
      'dist/core/cli/main.js',
      'dist/core/cli/main.js.map',
      'dist/electron/main.js',
      'dist/renderer/index.html',
      'core/cli/main.ts',
    ])
      put(`p/${name}`);
    for (const name of ['core/compute/native/a.cc', 'resources/recipes/r.json', 'LICENSE', 'out/scan.nii.gz']) put(`p/${name}`);
    expect(stageHost(join(folder, 'staged'), { project: join(folder, 'p') })).toEqual(['node_modules/a', 'node_modules/a/node_modules/b']);
    expect(list('staged')).toEqual([
      'LICENSE',
      'core/compute/native/a.cc',
      'dist/core/cli/main.js',
      'dist/renderer/index.html',
      'node_modules/a/index.js',
      'node_modules/a/node_modules/b/index.js',
      'node_modules/a/x.wasm',
      'package.json',
      'resources/recipes/r.json',
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'staged', 'package.json'), 'utf8'))).toEqual({
      name: 'tessera',
      version: '1.2.3',
      type: 'module',
    });
  });

  it('carries every package that the program names as its own, and none to work on it', async () => {
    const { runtimePackages } = await load('stage-host.mjs');
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const packages = runtimePackages();
    expect(packages).toEqual(expect.arrayContaining(Object.keys(dependencies ?? {}).map((name) => `node_modules/${name}`)));
    const tools = Object.keys(devDependencies ?? {}).filter((name) => !name.startsWith('@types/'));
    expect(packages.filter((path) => tools.some((name) => path === `node_modules/${name}`))).toEqual([]);
  });
});
