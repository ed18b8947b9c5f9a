import { runInNewContext } from 'node:vm';
import { build } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DesktopApi } from '../../electron/desktop-api.ts';
import preloadBundle from '../../electron/preload.vite.config.ts';

let code = '';
beforeAll(async () => {
  const result = await build({ ...preloadBundle, configFile: false, build: { ...preloadBundle.build, write: false } });
  const outputs = [result].flat().flatMap((made) => ('output' in made ? made.output : []));
  expect(outputs.map(({ fileName }) => fileName)).toEqual(['preload.cjs']);
  const [only] = outputs;
  code = only?.type === 'chunk' ? only.code : '';
});

interface Loaded {
  readonly api: DesktopApi;
  readonly names: string[];
  readonly required: string[];
  readonly invoked: [name: string, argument: unknown][];
  /** As the main process would. */
  readonly tell: (name: string, notice: unknown) => void;
}

/** Runs the bundle as Electron would, with what a sandboxed preload has and nothing else: no Node, no page. */
function load(answers: Record<string, unknown> = {}): Loaded {
  const exposed = new Map<string, unknown>();
  const listeners = new Map<string, Set<(event: unknown, notice: unknown) => void>>();
  const invoked: [string, unknown][] = [];
  const required: string[] = [];
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, value: unknown) => void exposed.set(name, value) },
    ipcRenderer: {
      invoke: (name: string, argument: unknown) => {
        invoked.push([name, argument]);
        return Promise.resolve(answers[name] ?? null);
      },
      on: (name: string, listener: () => void) => void listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
      off: (name: string, listener: () => void) => void listeners.get(name)?.delete(listener),
    },
    webUtils: { getPathForFile: (file: { path?: string }) => file.path ?? '' },
  };
  const require = (name: string): unknown => {
    required.push(name);
    if (name !== 'electron') throw new Error(`a sandboxed preload has no ${name}`);
    return electron;
  };
  runInNewContext(code, { require, process: { platform: 'linux' }, exports: {}, module: { exports: {} } });
  const tell = (name: string, notice: unknown): void => {
    for (const listener of listeners.get(name) ?? []) listener({ sender: 'secret' }, notice);
  };
  return { api: exposed.get('tessera') as DesktopApi, names: [...exposed.keys()], required, invoked, tell };
}

describe('the preload, as it is shipped', () => {
  it('gives the page one object of a handful of functions, and nothing generic', () => {
    const { api, names, required } = load();
    expect(names).toEqual(['tessera']);
    expect(required).toEqual(['electron']);
    expect(Object.keys(api).sort()).toEqual(
      [
        'onCommand',
        'onOpened',
        'onWindowState',
        'pickFiles',
        'pickFolder',
        'platform',
        'registerDropped',
        'revealInFolder',
        'saveReport',
        'windowState',
      ].sort(),
    );
    expect(api.platform).toBe('linux');
  });

  it('asks by fixed names', async () => {
    const { api, invoked } = load({ 'pick-files': { source: 's', title: 't' } });
    expect(await api.pickFiles('scans')).toEqual({ source: 's', title: 't' });
    await api.pickFolder('labels');
    await api.revealInFolder({ what: 'workspace' });
    await api.saveReport('0123456789abcdef');
    await api.windowState();
    expect(invoked).toEqual([
      ['pick-files', 'scans'],
      ['pick-folder', 'labels'],
      ['reveal', { what: 'workspace' }],
      ['save-report', '0123456789abcdef'],
      ['window-state', null],
    ]);
  });

  it('turns dropped files into paths that the page does not see', async () => {
    const { api, invoked } = load({ 'register-dropped': { source: 's', title: '2 files and folders' } });
    const files = [{ path: '/a' }, {}, { path: '/b' }] as unknown as File[];
    expect(await api.registerDropped(files)).toEqual({ source: 's', title: '2 files and folders' });
    expect(invoked).toEqual([['register-dropped', ['/a', '/b']]]);
    expect(await api.registerDropped([{}] as unknown as File[])).toBeNull();
    expect(invoked).toHaveLength(1);
  });

  it('hands on what the main process tells, without its sender, until nobody listens', () => {
    const { api, tell } = load();
    const heard: unknown[][] = [];
    const stop = api.onCommand((...given) => heard.push(given));
    tell('command', 'settings');
    stop();
    tell('command', 'about');
    expect(heard).toEqual([['settings']]);
  });

  it('takes what was opened before the page listened, and what is opened later', async () => {
    const opened = [{ source: 's', title: 't' }];
    const { api, tell, invoked } = load({ 'take-opened': opened });
    const heard: unknown[] = [];
    const first = new Promise<void>((resolve) => {
      api.onOpened((chosen) => {
        heard.push(chosen);
        resolve();
      });
    });
    await first;
    tell('opened', null);
    expect(heard).toEqual(opened);
    expect(invoked).toEqual([
      ['take-opened', null],
      ['take-opened', null],
    ]);
  });
});
