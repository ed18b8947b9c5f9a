import { throwIfCancelled, type Task } from '../base/task.ts';
import type { BackendName } from '../compute/backend.ts';
import type { CliIo } from './io.ts';
import { ProgressLine } from './progress-line.ts';

/** Options that every verb has. */
export interface CommonOptions {
  readonly json: boolean;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
  readonly seed: number;
}

/** What a verb works with: its common options, a task for long work, and the ways to speak. */
export class Session {
  readonly options: CommonOptions;
  readonly task: Task;
  /** Exit status of a verb that returns: 1 when a part of its work failed. */
  status: 0 | 1 = 0;
  private readonly io: CliIo;
  private readonly line: ProgressLine;

  constructor(options: CommonOptions, io: CliIo) {
    this.options = options;
    this.io = io;
    this.line = new ProgressLine(io.stderr);
    // A step of a large network may take a minute, in which nothing else would show that Ctrl-C was heard.
    if (io.stderr.isTTY === true)
      io.signal.addEventListener('abort', () => this.note('Stopping after this step; Ctrl-C again stops at once.'), { once: true });
    this.task = { signal: io.signal, progress: (update) => this.line.update(update) };
  }

  /** One line for a person, on standard error. */
  readonly note = (line: string): void => {
    this.line.clear();
    this.io.stderr.write(`${line}\n`);
  };

  /** What the verb found or made, said once: a document with --json, else text. */
  answer(document: object, text: string): void {
    this.line.clear();
    this.io.stdout.write(this.options.json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`);
  }

  close(): void {
    this.line.clear();
  }

  throwIfCancelled(): void {
    throwIfCancelled(this.task);
  }
}
