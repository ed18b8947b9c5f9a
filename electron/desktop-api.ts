// What the desktop window offers the page as `window.tessera`, beside the host's API. In a browser it is absent.
// Paths never reach the page: what the user chose is a source, an opaque name that the host's API takes.

/** Files or folders the user chose. */
export interface ChosenSource {
  /** For POST /jobs, /models/import and /scans/:id/layers/import. */
  readonly source: string;
  /** For display: the name of the one item, or how many there are. */
  readonly title: string;
}

/** What is to be chosen, which decides the file types that the dialog offers. */
export type PickPurpose = 'scans' | 'labels' | 'model';

/** Something with a place on the disk. */
export type Revealable =
  { readonly what: 'workspace' } | { readonly what: 'scan'; readonly id: string } | { readonly what: 'model'; readonly id: string };

export interface WindowState {
  readonly focused: boolean;
  readonly maximized: boolean;
  readonly fullScreen: boolean;
}

/** Entries of the menu that the page carries out. */
export type MenuCommand = 'command-palette' | 'shortcuts' | 'settings' | 'about';

export type StopListening = () => void;

export interface DesktopApi {
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** Shows the system's dialog. @returns null when the user cancelled */
  pickFiles(purpose: PickPurpose): Promise<ChosenSource | null>;
  pickFolder(purpose: PickPurpose): Promise<ChosenSource | null>;
  /** Files and folders dropped on the page (`event.dataTransfer.files`). @returns null when none of them lies on the disk */
  registerDropped(files: readonly File[]): Promise<ChosenSource | null>;
  /** Shows it in the system's file manager. */
  revealInFolder(item: Revealable): Promise<void>;
  /** Asks for a place and saves the report of an evaluation there as a PDF. @returns false when the user cancelled, or was told why not */
  saveReport(evaluation: string): Promise<boolean>;
  windowState(): Promise<WindowState>;
  onWindowState(listener: (state: WindowState) => void): StopListening;
  onCommand(listener: (command: MenuCommand) => void): StopListening;
  /** What the user opened through the menu, "open with" or the start of the program, to be imported; also what was opened before. */
  onOpened(listener: (chosen: ChosenSource) => void): StopListening;
}

declare global {
  interface Window {
    /** Only in the desktop window. */
    readonly tessera?: DesktopApi;
  }
}
