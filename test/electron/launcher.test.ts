import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What the scripts, which carry no types, are used for here. */
interface Scripts {
  whyNoWindow(given: { platform: string; env: Record<string, string>; uid: number | undefined }): string | undefined;
  findElectron(given: { platform: string; env: Record<string, string>; folder: string }): string | undefined;
  fetchElectron(given: { installer: string; note: string; within?: number }): Promise<string | undefined>;
  runElectron(electron: string, script: string[], args: string[]): Promise<number | string>;
  commandLine(given: readonly string[]): string[];
}

const scripts = join(import.meta.dirname, '..', '..', 'scripts');
const load = async (name: string): Promise<Scripts> => (await import(pathToFileURL(join(scripts, name)).href)) as Scripts;
let folder = '';
let desktop: Scripts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-launcher-'));
  desktop = await load('prepare-desktop.mjs');
});
afterAll(() => rm(folder, { recursive: true }));

it('says where no window can be', () => {
  const linux = { platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000 };
  expect(desktop.whyNoWindow(linux)).toBeUndefined();
  expect(desktop.whyNoWindow({ ...linux, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeUndefined();
  expect(desktop.whyNoWindow({ ...linux, env: {} })).toBe('there is no display here');
  expect(desktop.whyNoWindow({ ...linux, uid: 0 })).toBe('Electron does not run as root');
  expect(desktop.whyNoWindow({ platform: 'win32', env: {}, uid: undefined })).toBeUndefined();
});

it('finds the binary of this version, or the one that the user named', async () => {
  const own = join(folder, 'electron-package');
  const find = (platform: string, env: Record<string, string> = {}): string | undefined =>
    desktop.findElectron({ platform, env, folder: own });
  await mkdir(join(own, 'dist'), { recursive: true });
  await writeFile(join(own, 'package.json'), '{"version":"45.4.1"}');
  expect(find('linux')).toBeUndefined();
  await writeFile(join(own, 'dist', 'electron'), '');
  expect(find('linux')).toBeUndefined();
  await writeFile(join(own, 'dist', 'version'), '44.0.0');
  expect(find('linux')).toBeUndefined();
  await writeFile(join(own, 'dist', 'version'), 'v45.4.1\n');
  expect(find('linux')).toBe(join(own, 'dist', 'electron'));
  expect(find('win32')).toBeUndefined();
  const override = { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'elsewhere') };
  expect(find('linux', override)).toBeUndefined();
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'elsewhere', 'electron.exe'), '');
  expect(find('win32', override)).toBe(join(folder, 'elsewhere', 'electron.exe'));
});

describe('fetching Electron', () => {
  const fetching = async (name: string, code: string, within?: number): Promise<[string | undefined, string]> => {
    const installer = join(folder, `${name}.mjs`);
    const note = join(folder, `${name}.json`);
    await writeFile(installer, code);
    return [await desktop.fetchElectron({ installer, note, ...(within === undefined ? {} : { within }) }), note];
  };

  it('is told to be done', async () => {
    const [problem, note] = await fetching('good', '');
    expect([problem, existsSync(note)]).toEqual([undefined, false]);
  });

  it('is given up for a day when there is no network, with one line', async () => {
    const [problem, note] = await fetching('offline', `console.error('TypeError: fetch failed\\n    at node:internal'); process.exit(1)`);
    expect(problem).toBe('its download server cannot be reached');
    const [again] = await fetching('offline', `throw new Error('is not asked again')`);
    expect(again).toBe(`its download server cannot be reached; it is tried again tomorrow, or when ${note} is deleted`);
    await writeFile(note, JSON.stringify({ time: Date.now() - 100_000_000, problem: 'yesterday' }));
    expect((await fetching('offline', ''))[0]).toBeUndefined();
  });

  it('tells the words of the installer', async () => {
    const [problem] = await fetching('checksum', `console.error('\\nError: Generated checksum did not match'); process.exit(1)`);
    expect(problem).toBe('Generated checksum did not match');
  });

  it('ends when it takes too long', async () => {
    const [problem] = await fetching('slow', 'setInterval(() => undefined, 1000)', 300);
    expect(problem).toMatch(/^it was not fetched within/);
  });
});

describe.skipIf(process.platform === 'win32')('starting Electron', () => {
  const start = async (name: string, code: string): Promise<number | string> => {
    const electron = join(folder, name);
    await writeFile(electron, `#!${process.execPath}\n${code}`);
    await chmod(electron, 0o755);
    return (await load('workstation.mjs')).runElectron(electron, ['main.js'], ['/w/liver']);
  };
  const show = `require('fs').writeFileSync(process.argv.find((a) => a.startsWith('--shown-file=')).slice(13), '');`;

  it('hands over its own Node and what the user asked to open', async () => {
    const check = `process.exitCode = process.argv[2] === 'main.js' && process.argv.includes('--node-program=${process.execPath}') && process.argv.at(-1) === '/w/liver' ? 0 : 9`;
    expect(await start('good', check)).toBe(0);
  });

  it('that never shows a window is a reason for the browser', async () => {
    expect(await start('sandbox', 'process.kill(process.pid, "SIGTERM")')).toBe('Electron ended at once (status 143); its words are above');
  });

  it('that crashes after it has shown one is not', async () => {
    expect(await start('crash', `${show} process.exit(7)`)).toBe(7);
  });
});

it('puts the demo in its own folder, unless it is told where, and hands every other verb on as it is', async () => {
  const { commandLine } = await load('start.mjs');
  expect(commandLine(['demo', '--minutes', '1'])).toEqual(['demo', '--minutes', '1', '--out', join('out', 'demo')]);
  expect(commandLine(['demo', '--out=x'])).toEqual(['demo', '--out=x']);
  expect(commandLine(['demo', '--out', 'x'])).toEqual(['demo', '--out', 'x']);
  expect(commandLine(['info', 'demo'])).toEqual(['info', 'demo']);
});
