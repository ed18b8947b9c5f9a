import type { MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from './desktop-api.ts';
import type { RecentWorkspace } from './recent.ts';

export interface MenuActions {
  importFiles(): void;
  importFolder(): void;
  newWorkspace(): void;
  openWorkspace(): void;
  openRecent(workspace: RecentWorkspace): void;
  clearRecent(): void;
  showWorkspace(): void;
  tellPage(command: MenuCommand): void;
}

export interface MenuSettings {
  readonly platform: NodeJS.Platform;
  readonly developerTools: boolean;
  readonly recent: readonly RecentWorkspace[];
}

type Items = MenuItemConstructorOptions[];

/** The menu of the program, in each system's own order. Keys that the page uses for reading scans are left to the page. */
export function menuTemplate({ platform, developerTools, recent }: MenuSettings, actions: MenuActions): Items {
  const isMac = platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const settings = item('Settings…', 'CmdOrCtrl+,', () => actions.tellPage('settings'));
  const about = item('About Tessera', undefined, () => actions.tellPage('about'));

  const ofProgram: Items = [
    about,
    separator,
    settings,
    separator,
    { role: 'services' },
    separator,
    { role: 'hide' },
    { role: 'hideOthers' },
    { role: 'unhide' },
    separator,
    { role: 'quit' },
  ];
  const file: Items = [
    item('Import Scans…', 'CmdOrCtrl+O', () => actions.importFiles()),
    item('Import Folder…', 'CmdOrCtrl+Shift+O', () => actions.importFolder()),
    separator,
    item('New Workspace…', 'CmdOrCtrl+Shift+N', () => actions.newWorkspace()),
    item('Open Workspace…', 'CmdOrCtrl+Alt+O', () => actions.openWorkspace()),
    { label: 'Open Recent', submenu: recentItems(recent, actions), enabled: recent.length > 0 },
    item('Show Workspace Folder', undefined, () => actions.showWorkspace()),
    ...(isMac ? [separator, { role: 'close' } as const] : [separator, settings, separator, { role: 'quit' } as const]),
  ];
  const edit: Items = [
    { role: 'undo' },
    { role: 'redo' },
    separator,
    { role: 'cut' },
    { role: 'copy' },
    { role: 'paste' },
    { role: 'selectAll' },
  ];
  const view: Items = [
    item('Command Palette…', 'CmdOrCtrl+K', () => actions.tellPage('command-palette')),
    separator,
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    separator,
    { role: 'togglefullscreen' },
    ...(developerTools ? [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
  ];
  const help: Items = [item('Keyboard Shortcuts', 'F1', () => actions.tellPage('shortcuts')), ...(isMac ? [] : [separator, about])];

  return [
    ...(isMac ? [{ label: 'Tessera', submenu: ofProgram }] : []),
    { label: '&File', submenu: file },
    { label: '&Edit', submenu: edit },
    { label: '&View', submenu: view },
    ...(isMac ? [{ role: 'windowMenu' } as const] : []),
    { label: '&Help', role: 'help', submenu: help },
  ];
}

function recentItems(recent: readonly RecentWorkspace[], actions: MenuActions): Items {
  const opening = recent.map((workspace) => ({
    ...item(workspace.name, undefined, () => actions.openRecent(workspace)),
    id: workspace.id,
  }));
  return [...opening, { type: 'separator' }, item('Clear List', undefined, () => actions.clearRecent())];
}

function item(label: string, accelerator: string | undefined, click: () => void): MenuItemConstructorOptions {
  // Ampersands in the name of a folder are not access keys.
  const text = label.replaceAll('&', '&&');
  return accelerator === undefined ? { label: text, click } : { label: text, accelerator, click };
}
