import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import { APP_PAGE } from './app-origin.ts';
import { confined } from './confined.ts';
import type { KeptWindow } from './window-state.ts';
import type { WindowState } from './desktop-api.ts';
import { notify } from './ipc.ts';

export interface WindowSettings {
  readonly preload: string;
  readonly icon: string;
  readonly developerTools: boolean;
  readonly kept: KeptWindow;
}

/** Dark, as the page: no white flash before it draws. */
const BACKGROUND = '#101317';

export function windowOptions({ preload, icon, developerTools, kept }: WindowSettings): BrowserWindowConstructorOptions {
  return {
    ...kept.bounds,
    minWidth: 800,
    minHeight: 560,
    show: false,
    title: 'Tessera',
    icon,
    backgroundColor: BACKGROUND,
    webPreferences: {
      ...confined,
      preload,
      navigateOnDragDrop: false,
      safeDialogs: true,
      devTools: developerTools,
    },
  };
}

/** Shows the page in a new window, which tells it when its own state changes. */
export function openWindow(Window: typeof BrowserWindow, settings: WindowSettings): BrowserWindow {
  const window = new Window(windowOptions(settings));
  window.once('ready-to-show', () => {
    if (settings.kept.maximized) window.maximize();
    window.show();
  });
  const tell = (): void => notify(window.webContents, 'window-state-changed', windowState(window));
  window.on('focus', tell).on('blur', tell).on('maximize', tell).on('unmaximize', tell);
  window.on('enter-full-screen', tell).on('leave-full-screen', tell);
  // A page that does not load is told of by crash-recovery.ts.
  void window.loadURL(APP_PAGE).catch(() => undefined);
  return window;
}

export function windowState(window: Pick<BrowserWindow, 'isFocused' | 'isMaximized' | 'isFullScreen'>): WindowState {
  return { focused: window.isFocused(), maximized: window.isMaximized(), fullScreen: window.isFullScreen() };
}

/** Brings a window to the user who started the program a second time. */
export function bringForward(window: Pick<BrowserWindow, 'isMinimized' | 'restore' | 'show' | 'focus'>): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
