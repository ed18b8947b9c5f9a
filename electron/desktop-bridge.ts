import type { IpcRenderer, WebUtils } from 'electron';
import type { NoticeName, Notices, RequestName, Requests } from './channels.ts';
import type { DesktopApi, StopListening } from './desktop-api.ts';

export interface PreloadFunctions {
  readonly ipcRenderer: Pick<IpcRenderer, 'invoke' | 'on' | 'off'>;
  readonly webUtils: Pick<WebUtils, 'getPathForFile'>;
  readonly platform: NodeJS.Platform;
}

/** The functions that the page gets. Each does one thing; none takes the name of a channel or a path. */
export function createDesktopApi({ ipcRenderer, webUtils, platform }: PreloadFunctions): DesktopApi {
  // The main process answers as `Requests` says: its handlers are checked against the same types.
  const ask = <N extends RequestName>(name: N, argument: Requests[N]['argument']): Promise<Requests[N]['answer']> =>
    ipcRenderer.invoke(name, argument) as Promise<Requests[N]['answer']>;

  const listen = <N extends NoticeName>(name: N, listener: (notice: Notices[N]) => void): StopListening => {
    // The event is kept from the page: it carries the sender.
    const heard = (_event: unknown, notice: Notices[N]): void => listener(notice);
    ipcRenderer.on(name, heard);
    return () => void ipcRenderer.off(name, heard);
  };

  return {
    platform: platform === 'darwin' || platform === 'win32' ? platform : 'linux',
    pickFiles: (purpose) => ask('pick-files', purpose),
    pickFolder: (purpose) => ask('pick-folder', purpose),
    registerDropped: (files) => {
      // A file that a page made itself has no path.
      const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '');
      return paths.length === 0 ? Promise.resolve(null) : ask('register-dropped', paths);
    },
    revealInFolder: (item) => ask('reveal', item),
    saveReport: (evaluation) => ask('save-report', evaluation),
    windowState: () => ask('window-state', null),
    onWindowState: (listener) => listen('window-state-changed', listener),
    onCommand: (listener) => listen('command', listener),
    onOpened: (listener) => {
      const take = (): void => void ask('take-opened', null).then((opened) => opened.forEach(listener));
      const stop = listen('opened', take);
      take();
      return stop;
    },
  };
}
