import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { menuTemplate, type MenuActions, type MenuSettings } from '../../electron/menu.ts';

const recent = [
  { id: '1', path: '/w/liver & spleen', name: 'liver & spleen' },
  { id: '2', path: '/w/hip', name: 'hip' },
];

function menu(settings: Partial<MenuSettings> = {}): {
  top: MenuItemConstructorOptions[];
  items: MenuItemConstructorOptions[];
  done: unknown[];
} {
  const done: unknown[] = [];
  const note =
    (name: keyof MenuActions) =>
    (about?: unknown): void =>
      void done.push(about === undefined ? name : [name, about]);
  const top = menuTemplate(
    { platform: 'linux', developerTools: false, recent, ...settings },
    {
      importFiles: note('importFiles'),
      importFolder: note('importFolder'),
      newWorkspace: note('newWorkspace'),
      openWorkspace: note('openWorkspace'),
      openRecent: note('openRecent'),
      clearRecent: note('clearRecent'),
      showWorkspace: note('showWorkspace'),
      tellPage: note('tellPage'),
    },
  );
  return { top, items: top.flatMap(below), done };
}

function below(item: MenuItemConstructorOptions): MenuItemConstructorOptions[] {
  return [item, ...(Array.isArray(item.submenu) ? item.submenu.flatMap(below) : [])];
}

describe.each(['linux', 'win32', 'darwin'] as const)('the menu on %s', (platform) => {
  const { items, done } = menu({ platform });

  it('gives no two entries one key', () => {
    const keys = items.map(({ accelerator }) => accelerator).filter((key) => key !== undefined);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(5);
  });

  it('leaves single digits and letters to the page, which reads scans with them', () => {
    for (const { accelerator } of items) if (accelerator !== undefined) expect(accelerator).toMatch(/^(?:CmdOrCtrl\+|F\d)/);
  });

  it('has every entry named or known to the system, and quits', () => {
    for (const item of items) expect(item.type === 'separator' || item.label !== undefined || item.role !== undefined).toBe(true);
    expect(items.filter(({ role }) => role === 'quit')).toHaveLength(1);
  });

  it('does what each entry says', () => {
    done.length = 0;
    for (const { click } of items) (click as (() => void) | undefined)?.();
    expect(done).toEqual(
      expect.arrayContaining([
        'importFiles',
        'importFolder',
        'newWorkspace',
        'openWorkspace',
        'clearRecent',
        'showWorkspace',
        ['openRecent', recent[0]],
        ['openRecent', recent[1]],
        ['tellPage', 'settings'],
        ['tellPage', 'about'],
        ['tellPage', 'command-palette'],
        ['tellPage', 'shortcuts'],
      ]),
    );
    expect(done).toHaveLength(12);
  });
});

it('macOS has its own first menu, the others have none', () => {
  expect(menu({ platform: 'darwin' }).top[0]?.label).toBe('Tessera');
  expect(menu({ platform: 'win32' }).top[0]?.label).toBe('&File');
});

it('an installed program offers no developer tools', () => {
  const offers = (developerTools: boolean): boolean => menu({ developerTools }).items.some(({ role }) => role === 'toggleDevTools');
  expect([offers(true), offers(false)]).toEqual([true, false]);
});

it('names of folders are written as they are', () => {
  expect(menu().items.map(({ label }) => label)).toContain('liver && spleen');
  expect(menu({ recent: [] }).items.find(({ label }) => label === 'Open Recent')?.enabled).toBe(false);
});
