import { fork, type ChildProcess } from 'node:child_process';
import { causeOfDeath } from './death.ts';
import { LogLines } from './log-lines.ts';
import { fromEngine, type FromEngine, type ToEngine } from './messages.ts';

/** Milliseconds that a process has to end by itself. */
const TIME_TO_END = 2000;

export interface ProcessHooks {
  readonly onMessage: (message: FromEngine) => void;
  /** Called once, when the process is gone. */
  readonly onDeath: (reason: Error) => void;
}

/** One engine process, from its start to its end. */
export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #log = new LogLines();
  readonly #gone: Promise<void>;
  #residentBytes = 0;
  #lastBeat = performance.now();
  #hung = false;

  /** @param program file of the engine's program */
  constructor(program: string, hooks: ProcessHooks) {
    this.#child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#log.add(text));
    this.#child.on('message', (message) => this.#receive(message, hooks));
    this.#gone = new Promise((resolve) => {
      const gone = (code: number | null, signal: NodeJS.Signals | null): void => {
        const { lines } = this.#log;
        hooks.onDeath(causeOfDeath({ code, signal, residentBytes: this.#residentBytes, lines, hung: this.#hung }));
        resolve();
      };
      // `close` comes after its last words have been read.
      this.#child.on('close', gone);
      this.#child.on('error', (error) => {
        this.#log.add(`${error.message}\n`);
        // One that could not be started does not close.
        if (this.#child.pid === undefined) gone(null, null);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it wrote last, without paths. */
  get lines(): readonly string[] {
    return this.#log.lines;
  }

  send(message: ToEngine): void {
    // A message to a process that has just died is lost; its death is told by `close`.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends a process that gave no sign of life for so long. */
  killIfSilent(milliseconds: number): void {
    if (performance.now() - this.#lastBeat < milliseconds) return;
    this.#hung = true;
    this.#child.kill('SIGKILL');
  }

  /** Ends the process and waits until it is gone. */
  async end(): Promise<void> {
    // It ends by itself, unless it is in the middle of a long computation.
    this.send({ type: 'stop' });
    const force = setTimeout(() => this.#child.kill('SIGKILL'), TIME_TO_END);
    await this.#gone;
    clearTimeout(force);
  }

  #receive(raw: unknown, hooks: ProcessHooks): void {
    const message = fromEngine.safeParse(raw);
    if (!message.success) {
      this.#log.add('a message of the engine was not understood\n');
      return;
    }
    this.#lastBeat = performance.now();
    if (message.data.type === 'beat') this.#residentBytes = message.data.residentBytes;
    else hooks.onMessage(message.data);
  }
}
