import type * as Electron from 'electron';
import { join } from 'node:path';
import { describeError, type TesseraError } from '../core/base/errors.ts';
import { SCHEME } from './app-origin.ts';
import type { NoticeName, Notices } from './channels.ts';
import { CloseGuard } from './close-guard.ts';
import { recoverPage } from './crash-recovery.ts';
import type { ChosenSource } from './desktop-api.ts';
import { Dialogs } from './dialogs.ts';
import { HostControl } from './host-control.ts';
import { HostProcess } from './host-process.ts';
import type { HostProgram, StartChild } from './host-run.ts';
import { answerRequests, notify, type RequestHandlers } from './ipc.ts';
import { lockSession } from './lockdown.ts';
import { menuTemplate, type MenuActions } from './menu.ts';
import { guardNetwork } from './network-guard.ts';
import { OpenedQueue, readOpenArguments, sortOut, type OpenRequest } from './open-with.ts';
import { createProxy } from './proxy.ts';
import { RecentWorkspaces } from './recent.ts';
import { keepWindowState, lastWindow, windowStateFile } from './window-state.ts';
import { saveReport } from './save-report.ts';
import { bringForward, openWindow, windowState } from './windows.ts';

export type ElectronFunctions = Pick<
  typeof Electron,
  'app' | 'BrowserWindow' | 'dialog' | 'ipcMain' | 'Menu' | 'protocol' | 'screen' | 'session' | 'shell'
>;

export interface DesktopSettings {
  readonly program: HostProgram;
  /** The bundled preload. */
  readonly preload: string;
  readonly icon: string;
  /** Only when run from source. */
  readonly developerTools: boolean;
  /** What was on the command line, without the program itself. */
  readonly arguments: readonly string[];
  /** Tells the launcher that the window is there. */
  readonly onShown?: () => void;
  readonly log: (line: string) => void;
  readonly startChild?: StartChild;
  /** Milliseconds after which a window over a host that says nothing closes without a question. */
  readonly hostAnswersWithin?: number;
}

/** A machine that trains is slow to answer. */
const HOST_ANSWERS_WITHIN = 10_000;

/** The one window, its host, and what joins them. */
export class Desktop {
  readonly #electron: ElectronFunctions;
  readonly #settings: DesktopSettings;
  readonly #host: HostProcess;
  readonly #control: HostControl;
  readonly #dialogs: Dialogs;
  readonly #guard: CloseGuard;
  readonly #recent: RecentWorkspaces;
  readonly #opened = new OpenedQueue<ChosenSource>(() => this.#tell('opened', null));
  /** Asked for before there was a window. */
  readonly #early: string[] = [];
  #window: Electron.BrowserWindow | undefined;
  #workspace = '';
  #isStopped = false;

  constructor(electron: ElectronFunctions, settings: DesktopSettings) {
    this.#electron = electron;
    this.#settings = settings;
    const { program, log, startChild, hostAnswersWithin = HOST_ANSWERS_WITHIN } = settings;
    const onFailure = (error: TesseraError): void => void this.#hostFailed(error);
    this.#host = new HostProcess({ program, log, onFailure, ...(startChild === undefined ? {} : { startChild }) });
    this.#control = new HostControl(this.#host);
    this.#dialogs = new Dialogs(electron.dialog, this.#control);
    this.#guard = new CloseGuard({ jobs: () => this.#control.jobs(), dialog: electron.dialog, patience: () => wait(hostAnswersWithin) });
    this.#recent = new RecentWorkspaces(this.#inProfile('recent.json'));
  }

  async open(): Promise<void> {
    const { session, screen, BrowserWindow, ipcMain } = this.#electron;
    const { preload, icon, developerTools, onShown, log } = this.#settings;
    const { defaultSession } = session;
    lockSession(defaultSession);
    guardNetwork(defaultSession, developerTools);
    defaultSession.protocol.handle(SCHEME, createProxy(this.#host));
    await this.#recent.load();
    const asked = this.#firstRequest();
    // The host starts while the window is made.
    void this.#openWorkspace(asked.workspace ?? this.#recent.list()[0]?.path ?? this.#ownWorkspace());

    const file = windowStateFile(this.#inProfile('window.json'));
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const window = openWindow(BrowserWindow, { preload, icon, developerTools, kept: await lastWindow(file, areas) });
    this.#window = window;
    if (onShown !== undefined) window.once('ready-to-show', onShown);
    window.on('closed', () => (this.#window = undefined));
    keepWindowState(window, file);
    this.#guard.watch(window);
    recoverPage(window, { dialog: this.#electron.dialog, log });
    answerRequests(ipcMain, () => this.#window?.webContents, this.#requestHandlers(window));
    this.#showMenu();
    void this.#openScans(asked.scans);
    // What macOS handed over meanwhile.
    void this.#take(sortOut(this.#early.splice(0)));
  }

  /** The program was started again. */
  async reopen(request: OpenRequest): Promise<void> {
    if (this.#window !== undefined) bringForward(this.#window);
    await this.#take(request);
  }

  async #take({ workspace, scans }: OpenRequest): Promise<void> {
    if (workspace !== undefined) await this.#changeWorkspace(workspace);
    await this.#openScans(scans);
  }

  openPath(path: string): void {
    if (this.#window === undefined) this.#early.push(path);
    else void this.reopen(sortOut([path]));
  }

  /** The program ends when the host has: it may be writing a checkpoint. */
  stopBefore(event: { preventDefault(): void }): void {
    if (this.#isStopped) return;
    event.preventDefault();
    void this.#host.stop().finally(() => {
      this.#isStopped = true;
      this.#electron.app.quit();
    });
  }

  #requestHandlers(window: Electron.BrowserWindow): RequestHandlers {
    return {
      'pick-files': (purpose) => this.#dialogs.pickFiles(window, purpose),
      'pick-folder': (purpose) => this.#dialogs.pickFolder(window, purpose),
      'register-dropped': (paths) => this.#dialogs.register(paths),
      reveal: async (item) => {
        this.#electron.shell.showItemInFolder(await this.#control.locate(item));
        return undefined;
      },
      'save-report': (evaluation) => this.#saveReport(window, evaluation),
      'window-state': () => Promise.resolve(windowState(window)),
      'take-opened': () => Promise.resolve(this.#opened.take()),
    };
  }

  async #saveReport(window: Electron.BrowserWindow, evaluation: string): Promise<boolean> {
    const { BrowserWindow, dialog } = this.#electron;
    try {
      return await saveReport({ Window: BrowserWindow, dialog, window, evaluation });
    } catch (error) {
      // It may name the path, which the page is not to learn.
      await this.#showError(error);
      return false;
    }
  }

  #menuActions(): MenuActions {
    const withWindow = (act: (window: Electron.BrowserWindow) => Promise<void>) => (): void => {
      if (this.#window !== undefined) void act(this.#window).catch((error: unknown) => this.#showError(error));
    };
    const opened = (chosen: ChosenSource | null): void => {
      if (chosen !== null) this.#opened.add(chosen);
    };
    const pickWorkspace = (kind: 'existing' | 'new') =>
      withWindow(async (window) => {
        const folder = await this.#dialogs.pickWorkspace(window, kind);
        if (folder !== undefined) await this.#changeWorkspace(folder);
      });
    return {
      importFiles: withWindow(async (window) => opened(await this.#dialogs.pickFiles(window, 'scans'))),
      importFolder: withWindow(async (window) => opened(await this.#dialogs.pickFolder(window, 'scans'))),
      newWorkspace: pickWorkspace('new'),
      openWorkspace: pickWorkspace('existing'),
      openRecent: ({ path }) => void this.#changeWorkspace(path),
      clearRecent: () => void this.#recent.clear().then(() => this.#showMenu()),
      showWorkspace: () => this.#electron.shell.showItemInFolder(this.#workspace),
      tellPage: (command) => this.#tell('command', command),
    };
  }

  async #changeWorkspace(folder: string): Promise<void> {
    if (folder === this.#workspace || this.#window === undefined || !(await this.#guard.mayStop(this.#window))) return;
    const isOpen = this.#openWorkspace(folder);
    // Its requests wait for the new host.
    this.#window.webContents.reload();
    await isOpen;
  }

  async #openWorkspace(folder: string): Promise<void> {
    this.#workspace = folder;
    await this.#host.open(folder);
    try {
      await this.#host.ready();
    } catch {
      // Told by onFailure.
      return;
    }
    await this.#recent.add(folder);
    this.#showMenu();
  }

  async #openScans(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    try {
      this.#opened.add(await this.#dialogs.register(paths));
    } catch (error) {
      await this.#showError(error);
    }
  }

  async #hostFailed(error: TesseraError): Promise<void> {
    const window = this.#window;
    const question: Electron.MessageBoxOptions = {
      type: 'error',
      message: 'The workspace cannot be shown.',
      detail: describeError(error),
      buttons: ['Try again', 'Open another workspace…', 'Quit'],
      cancelId: 2,
      noLink: true,
    };
    const { dialog, app } = this.#electron;
    const { response } = await (window === undefined ? dialog.showMessageBox(question) : dialog.showMessageBox(window, question));
    const other = response === 1 && window !== undefined ? await this.#dialogs.pickWorkspace(window, 'existing') : undefined;
    if (response === 2) app.quit();
    else {
      const isOpen = this.#openWorkspace(other ?? this.#workspace);
      this.#window?.webContents.reload();
      await isOpen;
    }
  }

  async #showError(error: unknown): Promise<void> {
    if (this.#window === undefined) return;
    await this.#electron.dialog.showMessageBox(this.#window, { type: 'error', message: describeError(error), noLink: true });
  }

  #showMenu(): void {
    const { Menu } = this.#electron;
    const { developerTools } = this.#settings;
    const template = menuTemplate({ platform: process.platform, developerTools, recent: this.#recent.list() }, this.#menuActions());
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  #tell<N extends NoticeName>(name: N, notice: Notices[N]): void {
    if (this.#window !== undefined && !this.#window.isDestroyed()) notify(this.#window.webContents, name, notice);
  }

  #firstRequest(): OpenRequest {
    const { workspace, scans } = readOpenArguments(this.#settings.arguments, process.cwd());
    const early = sortOut(this.#early.splice(0));
    const folder = early.workspace ?? workspace;
    return { ...(folder === undefined ? {} : { workspace: folder }), scans: [...scans, ...early.scans] };
  }

  /** For who has none yet, the same as in a browser; the host makes it. */
  #ownWorkspace(): string {
    return join(this.#electron.app.getPath('home'), 'Tessera');
  }

  #inProfile(name: string): string {
    return join(this.#electron.app.getPath('userData'), name);
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
