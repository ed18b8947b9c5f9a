import type { App, BrowserWindow, Dialog, MessageBoxOptions } from 'electron';
import { APP_PAGE } from './app-origin.ts';
import { RestartBudget } from './restart-budget.ts';

export interface RecoveryOptions {
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly log: (line: string) => void;
  readonly now?: () => number;
}

/** Loads of the page after deaths of its process within a minute, without asking. */
const RELOADS = 2;
const MINUTE = 60_000;

/** Brings the page back when its process dies, does not answer, or it could not be loaded. What it showed lies in the workspace. */
export function recoverPage(window: BrowserWindow, { dialog, log, now = Date.now }: RecoveryOptions): void {
  const budget = new RestartBudget(RELOADS, MINUTE, now);
  const { webContents } = window;
  let isAsking = false;

  const load = (): void => void window.loadURL(APP_PAGE).catch(() => undefined);
  const ask = async (question: MessageBoxOptions, act: () => void): Promise<void> => {
    if (isAsking || window.isDestroyed()) return;
    isAsking = true;
    const { response } = await dialog.showMessageBox(window, { ...question, noLink: true, defaultId: 0, cancelId: 1 });
    isAsking = false;
    if (response === 0 && !window.isDestroyed()) act();
  };
  const askToReload = (message: string): Promise<void> =>
    ask({ type: 'error', message, detail: 'Nothing that was saved is lost.', buttons: ['Load it again', 'Leave it'] }, () => {
      budget.refill();
      load();
    });

  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log(`The page's process ended: ${reason} (${exitCode}).`);
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    if (budget.take() !== undefined) load();
    else void askToReload(reason === 'oom' ? 'The page ran out of memory again.' : 'The page crashed again.');
  });
  webContents.on('did-fail-load', (_event, code, description, _url, isMainFrame) => {
    // -3: another load took its place.
    if (!isMainFrame || code === -3) return;
    log(`The page was not loaded: ${description} (${code}).`);
    void askToReload('The page could not be loaded.');
  });
  window.on('unresponsive', () => {
    log('The page does not answer.');
    const detail = 'It may be busy with a large volume. Loading it again keeps everything that was saved.';
    const question: MessageBoxOptions = {
      type: 'warning',
      message: 'Tessera does not answer.',
      detail,
      buttons: ['Load it again', 'Wait'],
    };
    void ask(question, () => {
      // A process that does not answer does not end its page either.
      webContents.forcefullyCrashRenderer();
      load();
    });
  });
}

/** Helpers of Chromium come back by themselves; why they went is worth a line. The page restores a lost GPU context itself. */
export function noteHelperDeaths(app: Pick<App, 'on'>, log: (line: string) => void): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') log(`Chromium's ${type} process ended: ${reason} (${exitCode}).`);
  });
}
