// What the shell remembers between two starts.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecentWorkspaces } from '../../electron/recent.ts';
import { keepWindowState, lastWindow, windowStateFile } from '../../electron/window-state.ts';
import { asWindow, FakeWindow } from './support/fake-electron.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-memory-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];

describe('where the window was', () => {
  const remember = async (content: unknown): Promise<unknown> => {
    const path = join(folder, 'window.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return lastWindow(windowStateFile(path), screens);
  };
  const first = { bounds: { width: 1440, height: 900 }, maximized: false };

  it('is where it opens', async () => {
    const kept = { bounds: { x: 5, y: 6, width: 900, height: 700 }, maximized: true };
    expect(await remember(kept)).toEqual(kept);
  });

  it('is forgotten in part when that screen is gone', async () => {
    expect(await remember({ bounds: { x: 2500, y: 6, width: 900, height: 700 }, maximized: true })).toEqual({
      bounds: { width: 900, height: 700 },
      maximized: true,
    });
    expect(await remember({ bounds: { x: 50, y: -600, width: 900, height: 700 }, maximized: false })).toEqual({
      bounds: { width: 900, height: 700 },
      maximized: false,
    });
  });

  it.each([
    ['{'],
    [{}],
    [{ bounds: { width: 'wide', height: 3 }, maximized: false }],
    [{ bounds: { width: 1e9, height: 300 }, maximized: false }],
  ])('is forgotten when it cannot be read: %j', async (content) => {
    expect(await remember(content)).toEqual(first);
  });

  it('is written once it rests, and when it closes; nothing half-written lies about', async () => {
    vi.useFakeTimers();
    const file = windowStateFile(join(folder, 'window.json'));
    const window = new FakeWindow();
    keepWindowState(asWindow(window), file);
    for (let move = 0; move < 50; move++) window.emit('move');
    vi.runAllTimers();
    vi.useRealTimers();
    // Writes are in turn: after this one, those before it are done.
    window.bounds = { x: 1, y: 2, width: 640, height: 480 };
    window.close();
    await file.write({ bounds: window.bounds, maximized: false });
    expect(JSON.parse(await readFile(join(folder, 'window.json'), 'utf8'))).toEqual({ bounds: window.bounds, maximized: false });
    expect(await readdir(folder)).toEqual(['window.json']);
  });

  it('is lost on a full disk, and nothing else is', async () => {
    const file = windowStateFile(join(folder, 'window.json', 'below-a-file'));
    await writeFile(join(folder, 'window.json'), '');
    await expect(file.write({ bounds: { width: 900, height: 700 }, maximized: false })).resolves.toBeUndefined();
  });
});

describe('workspaces that were open', () => {
  const workspace = async (name: string): Promise<string> => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'workspace.json'), '{}');
    return join(folder, name);
  };
  const load = async (): Promise<RecentWorkspaces> => {
    const recent = new RecentWorkspaces(join(folder, 'recent.json'));
    await recent.load();
    return recent;
  };

  it('are listed the last first, each once, in the next start too', async () => {
    const [liver, hip] = [await workspace('liver'), await workspace('hip')];
    const recent = await load();
    for (const path of [liver, hip, liver]) await recent.add(path);
    expect(recent.list().map(({ name }) => name)).toEqual(['liver', 'hip']);
    const again = (await load()).list();
    expect(again).toEqual(recent.list());
    expect(again.every(({ id }) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  });

  it('are ten at most', async () => {
    const recent = await load();
    for (let index = 0; index < 12; index++) await recent.add(await workspace(`w${index}`));
    expect(recent.list().map(({ name }) => name)).toEqual(['w11', 'w10', 'w9', 'w8', 'w7', 'w6', 'w5', 'w4', 'w3', 'w2']);
  });

  it('are hidden while their disk is away', async () => {
    const path = await workspace('usb');
    const recent = await load();
    await recent.add(path);
    await rm(join(path, 'workspace.json'));
    expect(recent.list()).toEqual([]);
    await workspace('usb');
    expect(recent.list()).toHaveLength(1);
  });

  it('can be forgotten', async () => {
    const recent = await load();
    await recent.add(await workspace('liver'));
    await recent.clear();
    expect((await load()).list()).toEqual([]);
  });

  it.each(['{', '[]', '{"workspaces":["relative"]}', '{"workspaces":[3]}'])('are none where the list is %s', async (content) => {
    await writeFile(join(folder, 'recent.json'), content);
    expect((await load()).list()).toEqual([]);
  });
});
