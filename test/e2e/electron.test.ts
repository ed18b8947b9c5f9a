// The real window, where Electron's binary is present.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { _electron, type ElectronApplication } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import mainBundle from '../../electron/main.vite.config.ts';
import preloadBundle from '../../electron/preload.vite.config.ts';

interface Desktop {
  findElectron(): string | undefined;
  whyNoWindow(): string | undefined;
}

const root = join(import.meta.dirname, '..', '..');
const desktop = (await import(pathToFileURL(join(root, 'scripts', 'prepare-desktop.mjs')).href)) as Desktop;
const binary = desktop.findElectron();
const why = binary === undefined ? 'the binary of Electron is absent; fetch it with: npx install-electron' : desktop.whyNoWindow();

describe.skipIf(why !== undefined)(`the desktop window${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let folder = '';
  let app: ElectronApplication;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-window-'));
    for (const bundle of [mainBundle, preloadBundle]) await build({ ...bundle, configFile: false });
    const flags = [`--node-program=${process.execPath}`, `--user-data-dir=${join(folder, 'profile')}`];
    app = await _electron.launch({
      executablePath: binary ?? '',
      args: [join(root, 'dist', 'electron', 'main.js'), ...flags],
      env: { ...definedOnly(process.env), HOME: folder, TESSERA_RUNTIME: 'none' },
    });
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows the page over its own host, with nothing but the functions it is meant to have', async () => {
    const page = await app.firstWindow();
    expect(page.url()).toBe('tessera://app/');
    const seen = await page.evaluate(async () => ({
      status: (await (await fetch('api/status')).json()) as { desktop: boolean },
      node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
      offered: Object.keys((globalThis as unknown as { tessera: object }).tessera).length,
    }));
    expect(seen).toMatchObject({ status: { desktop: true }, node: [], offered: 9 });
  });

  it('reaches nothing outside, and stays where it is', async () => {
    const page = await app.firstWindow();
    const reached = await page.evaluate(async () => {
      const fetched = await fetch('https://example.com/', { mode: 'no-cors' }).then(
        () => true,
        () => false,
      );
      const control = (await fetch('/control/sources', { method: 'POST', body: '{"paths":["/etc/passwd"]}' })).status;
      return { fetched, control };
    });
    expect(reached).toEqual({ fetched: false, control: 403 });
    await page.evaluate(`window.open('https://example.com/'); location.href = 'https://example.com/'`);
    expect(page.url()).toBe('tessera://app/');
    expect(app.windows()).toHaveLength(1);
  });
});

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
