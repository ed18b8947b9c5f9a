import type { MenuItemConstructorOptions } from 'electron';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RequestName } from '../../electron/channels.ts';
import type { DesktopSettings } from '../../electron/desktop.ts';
import { startDesktop } from '../../electron/start-desktop.ts';
import { FakeEvent, fakeElectron, type FakeElectron, type FakeWindow } from './support/fake-electron.ts';

/** Only ends what hangs. */
const PATIENT = { timeout: 60_000 };

interface Started {
  readonly electron: FakeElectron;
  readonly folder: string;
  readonly window: FakeWindow;
  readonly ask: (name: RequestName, argument: unknown) => Promise<unknown>;
  readonly get: (path: string) => Promise<Record<string, unknown>>;
  readonly click: (label: string) => void;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A profile of its own, with workspaces of these names in it. */
async function profile(...workspaces: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-desktop-'));
  for (const name of workspaces) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'workspace.json'), '{}');
  }
  return folder;
}

async function start(
  folder: string,
  settings: Partial<DesktopSettings> = {},
  prepare: (electron: FakeElectron) => void = () => undefined,
): Promise<Started> {
  const electron = fakeElectron(folder);
  prepare(electron);
  startDesktop(electron.functions, {
    program: { node: process.execPath, script: join(import.meta.dirname, 'support', 'stub-host.mjs'), env: process.env },
    preload: '/built/preload.cjs',
    icon: '/icon.png',
    developerTools: false,
    arguments: [],
    log: () => undefined,
    hostAnswersWithin: 600_000,
    ...settings,
  });
  ends.push(async () => {
    await stopped(electron);
    await rm(folder, { recursive: true, force: true });
  });
  const window = await vi.waitFor(() => {
    // The menu is the last thing that is made.
    expect(electron.menu).not.toEqual([]);
    return electron.windows[0] as FakeWindow;
  }, PATIENT);
  return {
    electron,
    folder,
    window,
    ask: async (name, argument) => {
      const { webContents } = window;
      return electron.ipcMain.handlers.get(name)?.({ sender: webContents, senderFrame: webContents.mainFrame }, argument);
    },
    get: async (path) => (await electron.session.proxy?.(new Request(`tessera://app${path}`)))?.json() as Promise<Record<string, unknown>>,
    click: (label) => find(electron.menu, label)?.click?.({} as never, undefined, {}),
  };
}

function find(menu: readonly MenuItemConstructorOptions[], label: string): MenuItemConstructorOptions | undefined {
  const items = menu.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? item.submenu : [])]);
  return items.find((item) => item.label === label);
}

/** Quits, as Electron does: once to ask, once more when the host has ended. */
async function stopped({ app }: FakeElectron): Promise<void> {
  const before = app.done.length;
  const event = new FakeEvent();
  app.emit('will-quit', event);
  if (!event.defaultPrevented) return;
  await vi.waitFor(() => expect(app.done.slice(before)).toContain('quit'), PATIENT);
  const again = new FakeEvent();
  app.emit('will-quit', again);
  expect(again.defaultPrevented).toBe(false);
}

describe('the desktop program', () => {
  it('opens a locked window over a host of its own', async () => {
    const { electron, window, get, folder } = await start(await profile());
    expect(electron.app.done).toContain('enableSandbox');
    expect(electron.privileged).toEqual([
      { scheme: 'tessera', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
    ]);
    expect(window.options.webPreferences).toMatchObject({
      preload: '/built/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      devTools: false,
    });
    expect(window.options.webPreferences).not.toHaveProperty('enableBlinkFeatures');
    expect(window.loaded).toEqual(['tessera://app/']);
    expect(window.webContents.openHandler?.()).toEqual({ action: 'deny' });
    expect(electron.session.granted).toMatchObject({ request: false });
    expect(electron.session.onBeforeRequest).toBeDefined();
    // The first workspace of who has none.
    expect(await get('/')).toMatchObject({ workspace: join(folder, 'home', 'Tessera') });
  });

  it('is shown when the page is drawn, and tells who started it', async () => {
    let shown = 0;
    const { window } = await start(await profile(), { onShown: () => shown++ });
    expect(window.options.show).toBe(false);
    window.emit('ready-to-show');
    expect([window.done, shown]).toEqual([['show'], 1]);
  });

  it('runs once: the second start hands over what it was to open', async () => {
    const folder = await profile();
    const second = fakeElectron(folder);
    second.app.isFirst = false;
    startDesktop(second.functions, {} as DesktopSettings);
    expect([second.app.done, second.windows]).toEqual([['enableSandbox', 'quit'], []]);

    const { electron, window, ask } = await start(folder);
    const scan = join(folder, 'head.nii.gz');
    await writeFile(scan, '');
    window.minimized = true;
    electron.app.emit('second-instance', {}, ['/opt/tessera', '--flag', 'head.nii.gz'], folder);
    await vi.waitFor(() => expect(window.webContents.sent).toContainEqual(['opened', null]), PATIENT);
    expect(window.done).toEqual(['restore', 'show', 'focus']);
    expect(await ask('take-opened', null)).toEqual([{ source: '1'.padStart(32, '0'), title: 'head.nii.gz' }]);
    expect(await ask('take-opened', null)).toEqual([]);
  });

  it('opens what it was started with: a workspace, and scans that wait for the page', async () => {
    const folder = await profile('liver');
    const study = join(folder, 'study');
    await mkdir(study);
    const prepare = ({ app }: FakeElectron): void => {
      app.whenReady = async () => {
        // macOS says so before the program is ready.
        app.emit('open-file', new FakeEvent(), study);
        await Promise.resolve();
      };
    };
    const { get, ask, window } = await start(folder, { arguments: [join(folder, 'liver')] }, prepare);
    expect(await get('/')).toMatchObject({ workspace: join(folder, 'liver') });
    await vi.waitFor(() => expect(window.webContents.sent).toContainEqual(['opened', null]), PATIENT);
    expect(await ask('take-opened', null)).toMatchObject([{ title: 'study' }]);
  });

  it('registers what is chosen and dropped, and shows where things lie', async () => {
    const { ask, electron, folder } = await start(await profile());
    electron.dialog.choice = ['/scans/a.nii.gz', '/scans/b.nii.gz'];
    expect(await ask('pick-files', 'scans')).toEqual({ source: '2'.padStart(32, '0'), title: '2 files and folders' });
    expect(await ask('register-dropped', ['/scans/study'])).toEqual({ source: '1'.padStart(32, '0'), title: 'study' });
    await ask('reveal', { what: 'scan', id: '0123456789abcdef' });
    expect(electron.revealed).toEqual([join(folder, 'home', 'Tessera', 'scans', '0123456789abcdef')]);
    expect(await ask('window-state', null)).toEqual({ focused: true, maximized: false, fullScreen: false });
  });

  it('imports from the menu, and hands commands to the page', async () => {
    const { click, electron, window } = await start(await profile());
    electron.dialog.choice = ['/scans/a.nii.gz'];
    click('Import Scans…');
    await vi.waitFor(() => expect(window.webContents.sent).toContainEqual(['opened', null]), PATIENT);
    click('Command Palette…');
    expect(window.webContents.sent).toContainEqual(['command', 'command-palette']);
    window.emit('focus');
    expect(window.webContents.sent).toContainEqual(['window-state-changed', { focused: true, maximized: false, fullScreen: false }]);
  });
});

describe('another workspace', () => {
  it('is opened from the menu in a new host, and remembered', async () => {
    const folder = await profile('liver');
    const { click, electron, get, window } = await start(folder);
    electron.dialog.choice = [join(folder, 'liver')];
    click('Open Workspace…');
    await vi.waitFor(() => expect(find(electron.menu, 'Open Recent')?.submenu).toMatchObject([{ label: 'liver' }, {}, {}]), PATIENT);
    expect(window.webContents.reloads).toBe(1);
    expect(await get('/')).toMatchObject({ workspace: join(folder, 'liver') });
    const remembered: unknown = JSON.parse(await readFile(join(folder, 'userData', 'recent.json'), 'utf8'));
    expect(remembered).toEqual({ workspaces: [join(folder, 'liver'), join(folder, 'home', 'Tessera')] });
    await stopped(electron);
    // And is what the next start opens.
    expect(await (await start(folder)).get('/')).toMatchObject({ workspace: join(folder, 'liver') });
  });

  it('is not opened under work that the user wants to keep', async () => {
    const folder = await profile('busy', 'liver');
    const { electron, get, click } = await start(folder, { arguments: [join(folder, 'busy')] });
    await vi.waitFor(() => expect(find(electron.menu, 'Open Recent')?.enabled).toBe(true), PATIENT);
    electron.dialog.choice = [join(folder, 'liver')];
    electron.dialog.presses = [0];
    click('Open Workspace…');
    await vi.waitFor(() => expect(electron.dialog.asked).toHaveLength(1), PATIENT);
    expect(await get('/')).toMatchObject({ workspace: join(folder, 'busy') });
  });

  it('can be chosen instead of one that cannot be opened', async () => {
    const folder = await profile('damaged', 'liver');
    const { electron, get } = await start(folder, { arguments: [join(folder, 'damaged')] }, ({ dialog }) => {
      dialog.presses = [1];
      dialog.choice = [join(folder, 'liver')];
    });
    await vi.waitFor(async () => expect(await get('/')).toMatchObject({ workspace: join(folder, 'liver') }), PATIENT);
    expect(electron.dialog.asked[0]).toMatchObject({ detail: 'The workspace is damaged. Choose another.' });
  });
});

describe('the end', () => {
  it('closes the window, then ends the host, then the program', async () => {
    const { electron, window } = await start(await profile());
    expect(window.close()).toBe(false);
    await vi.waitFor(() => expect(window.destroyed).toBe(true), PATIENT);
    electron.app.emit('window-all-closed');
    expect(electron.app.done.at(-1)).toBe('quit');
    await stopped(electron);
  });

  it('is asked about while a network is trained', async () => {
    const folder = await profile('busy');
    const { electron, window } = await start(folder, { arguments: [join(folder, 'busy')] });
    electron.dialog.presses = [0, 1];
    window.close();
    await vi.waitFor(() => expect(electron.dialog.asked).toHaveLength(1), PATIENT);
    expect(window.destroyed).toBe(false);
    await vi.waitFor(() => {
      window.close();
      expect(window.destroyed).toBe(true);
    }, PATIENT);
    expect(electron.dialog.asked).toHaveLength(2);
  });
});
