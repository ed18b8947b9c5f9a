import type { Command } from 'commander';
import type { Session } from './session.ts';

/** One word of the command line: what it takes and what it does. */
export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** What it leaves on disk, for the documentation; a dash for nothing. */
  readonly writes: string;
  /** Adds its arguments and options, beside the common ones. */
  define(command: Command): Command;
  /**
   * @param args the arguments that are not options, as typed
   * @param options those that `define` added, as commander collected them; each verb names their type
   */
  run(session: Session, args: readonly string[], options: object): Promise<void>;
}
