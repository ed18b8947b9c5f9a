import { EventEmitter } from 'node:events';
import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  OpenDialogOptions,
  PrintToPDFOptions,
  SaveDialogOptions,
} from 'electron';
import type { ElectronFunctions } from '../../../electron/desktop.ts';

type Handler = (request: Request) => Promise<Response>;
type Listener = (event: unknown, argument: unknown) => Promise<unknown>;
type OnBeforeRequest = (details: { url: string; resourceType: string }, decide: (answer: { cancel?: boolean }) => void) => void;

/** Something with `preventDefault`, as Electron's events have. */
export class FakeEvent {
  defaultPrevented = false;
  constructor(details: object = {}) {
    Object.assign(this, details);
  }
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

export class FakeContents extends EventEmitter {
  readonly sent: [name: string, notice: unknown][] = [];
  readonly mainFrame = { url: 'about:blank' };
  openHandler: (() => { action: string }) | undefined;
  reloads = 0;
  crashes = 0;
  webRtc = '';
  readonly printed: PrintToPDFOptions[] = [];
  /** What the host says to an address. */
  answers: (address: string) => number = () => 200;

  setWindowOpenHandler(handler: () => { action: string }): void {
    this.openHandler = handler;
  }
  setWebRTCIPHandlingPolicy(policy: string): void {
    this.webRtc = policy;
  }
  send(name: string, notice: unknown): void {
    this.sent.push([name, notice]);
  }
  reload(): void {
    this.reloads++;
  }
  printToPDF(options: PrintToPDFOptions): Promise<Buffer> {
    this.printed.push(options);
    return Promise.resolve(Buffer.from(`%PDF of ${this.mainFrame.url}`));
  }
  forcefullyCrashRenderer(): void {
    this.crashes++;
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents();
  readonly loaded: string[] = [];
  readonly done: string[] = [];
  readonly options: BrowserWindowConstructorOptions;
  destroyed = false;
  minimized = false;
  bounds = { x: 10, y: 20, width: 1000, height: 700 };

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    this.options = options;
  }
  loadURL(address: string): Promise<void> {
    this.loaded.push(address);
    this.webContents.mainFrame.url = address;
    this.webContents.emit('did-navigate', {}, address, this.webContents.answers(address), '');
    return Promise.resolve();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('closed');
  }
  isDestroyed = (): boolean => this.destroyed;
  isMinimized = (): boolean => this.minimized;
  isFocused = (): boolean => true;
  isMaximized = (): boolean => this.done.includes('maximize');
  isFullScreen = (): boolean => false;
  getNormalBounds = (): object => this.bounds;
  maximize = (): void => void this.done.push('maximize');
  restore = (): void => void this.done.push('restore');
  show = (): void => void this.done.push('show');
  focus = (): void => void this.done.push('focus');
  /** Says that the user wants it closed. @returns whether it may */
  close(): boolean {
    const event = new FakeEvent();
    this.emit('close', event);
    return !event.defaultPrevented;
  }
}

/** As the type that the code under test takes: what a fake lacks, that code does not use. */
export function asWindow(window: FakeWindow): BrowserWindow {
  return window as unknown as BrowserWindow;
}

export class FakeDialog {
  readonly asked: MessageBoxOptions[] = [];
  readonly opened: OpenDialogOptions[] = [];
  readonly saved: SaveDialogOptions[] = [];
  /** Where to save; nothing cancels. */
  place = '';
  /** Buttons that are pressed, in turn. */
  presses: number[] = [];
  choice: string[] = [];

  showMessageBox(...given: [unknown, MessageBoxOptions] | [MessageBoxOptions]): Promise<{ response: number; checkboxChecked: boolean }> {
    this.asked.push(given.length === 1 ? given[0] : given[1]);
    return Promise.resolve({ response: this.presses.shift() ?? 0, checkboxChecked: false });
  }
  showSaveDialog(...given: [unknown, SaveDialogOptions] | [SaveDialogOptions]): Promise<{ canceled: boolean; filePath: string }> {
    this.saved.push(given.length === 1 ? given[0] : given[1]);
    return Promise.resolve({ canceled: this.place === '', filePath: this.place });
  }
  showOpenDialog(...given: [unknown, OpenDialogOptions] | [OpenDialogOptions]): Promise<{ canceled: boolean; filePaths: string[] }> {
    this.opened.push(given.length === 1 ? given[0] : given[1]);
    return Promise.resolve({ canceled: this.choice.length === 0, filePaths: this.choice });
  }
}

export class FakeIpcMain {
  readonly handlers = new Map<string, Listener>();
  handle(name: string, handler: Listener): void {
    this.handlers.set(name, handler);
  }
}

export class FakeSession extends EventEmitter {
  readonly granted: Record<string, unknown> = {};
  onBeforeRequest: OnBeforeRequest | undefined;
  proxy: Handler | undefined;
  spellChecker = true;
  readonly webRequest = { onBeforeRequest: (listener: OnBeforeRequest) => void (this.onBeforeRequest = listener) };
  readonly protocol = { handle: (_scheme: string, handler: Handler) => void (this.proxy = handler) };

  setPermissionRequestHandler(handler: (contents: unknown, permission: string, decide: (granted: boolean) => void) => void): void {
    handler(undefined, 'media', (granted) => (this.granted['request'] = granted));
  }
  setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void {
    this.granted['check'] = handler(undefined, 'media');
  }
  setDevicePermissionHandler(handler: (details: unknown) => boolean): void {
    this.granted['device'] = handler({ deviceType: 'usb' });
  }
  setDisplayMediaRequestHandler(handler: (request: unknown, decide: (streams: object) => void) => void): void {
    handler({}, (streams) => (this.granted['display'] = streams));
  }
  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker = enabled;
  }
}

export class FakeApp extends EventEmitter {
  readonly done: string[] = [];
  readonly switches: [name: string, value?: string][] = [];
  readonly commandLine = { appendSwitch: (...given: [string, string?]) => void this.switches.push(given) };
  isFirst = true;
  readonly #folder: string;
  constructor(folder: string) {
    super();
    this.#folder = folder;
  }
  enableSandbox = (): void => void this.done.push('enableSandbox');
  requestSingleInstanceLock = (): boolean => this.isFirst;
  quit = (): void => void this.done.push('quit');
  whenReady = (): Promise<void> => Promise.resolve();
  getPath = (name: string): string => `${this.#folder}/${name}`;
}

export interface FakeElectron {
  readonly app: FakeApp;
  readonly windows: FakeWindow[];
  readonly dialog: FakeDialog;
  readonly ipcMain: FakeIpcMain;
  readonly session: FakeSession;
  readonly revealed: string[];
  readonly privileged: unknown[];
  menu: MenuItemConstructorOptions[];
  /** As the type that the code under test takes. */
  readonly functions: ElectronFunctions;
}

/** An Electron that remembers what was asked of it. @param folder for what the program keeps */
export function fakeElectron(folder: string): FakeElectron {
  const app = new FakeApp(folder);
  const windows: FakeWindow[] = [];
  const dialog = new FakeDialog();
  const ipcMain = new FakeIpcMain();
  const session = new FakeSession();
  const revealed: string[] = [];
  const privileged: unknown[] = [];
  class BrowserWindow extends FakeWindow {
    constructor(options: BrowserWindowConstructorOptions) {
      super(options);
      windows.push(this);
      app.emit('web-contents-created', {}, this.webContents);
    }
  }
  const fake = {
    app,
    BrowserWindow,
    dialog,
    ipcMain,
    session: { defaultSession: session },
    shell: { showItemInFolder: (path: string) => void revealed.push(path) },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
    protocol: { registerSchemesAsPrivileged: (schemes: unknown[]) => void privileged.push(...schemes) },
    Menu: {
      buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
      setApplicationMenu: (template: MenuItemConstructorOptions[]) => void (made.menu = template),
    },
  };
  const made: FakeElectron = {
    app,
    windows,
    dialog,
    ipcMain,
    session,
    revealed,
    privileged,
    menu: [],
    functions: fake as unknown as ElectronFunctions,
  };
  return made;
}
