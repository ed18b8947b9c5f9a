import type { ChosenSource, MenuCommand, PickPurpose, Revealable, WindowState } from './desktop-api.ts';

/** What preload may ask of the main process: arguments and answer of each channel. */
export interface Requests {
  'pick-files': { argument: PickPurpose; answer: ChosenSource | null };
  'pick-folder': { argument: PickPurpose; answer: ChosenSource | null };
  'register-dropped': { argument: readonly string[]; answer: ChosenSource | null };
  reveal: { argument: Revealable; answer: undefined };
  /** Id of an evaluation; whether its report was saved. */
  'save-report': { argument: string; answer: boolean };
  'window-state': { argument: null; answer: WindowState };
  /** What was opened since it was last asked for. */
  'take-opened': { argument: null; answer: readonly ChosenSource[] };
}

/** What the main process tells the page. */
export interface Notices {
  'window-state-changed': WindowState;
  command: MenuCommand;
  /** There is something to take. */
  opened: null;
}

export type RequestName = keyof Requests;
export type NoticeName = keyof Notices;
