import { TesseraError } from '../../base/errors.ts';
import type { EngineEvent, EngineInput, EngineOutput, EngineRequestName } from '../api/engine.ts';
import type { EngineState } from '../api/status.ts';
import { EngineProcess } from './engine-process.ts';
import { fromWire, toWire } from './wire-error.ts';
import type { EngineStart, FromEngine } from './messages.ts';

/** All in milliseconds. */
export interface EngineTimes {
  /** From one look at the signs of life to the next. */
  readonly look: number;
  /** A working process without sign of life for so long is ended. Single operations of large networks may take minutes. */
  readonly silence: number;
  /** Before the first restart; doubled for each further one. */
  readonly backOff: number;
  /** Deaths longer ago do not count. */
  readonly forget: number;
}
const usualTimes: EngineTimes = { look: 5000, silence: 600_000, backOff: 500, forget: 120_000 };
const MOST_DEATHS = 5;

export interface EngineHooks {
  readonly onState?: (state: EngineState) => void;
  /** Writes an entry of the audit file for the engine. */
  readonly onAudit?: (entry: Extract<FromEngine, { type: 'audit' }>) => Promise<void>;
}

/** What is told while a request is worked on. */
export interface RequestHooks {
  readonly onProgress?: (update: { readonly stage: string; readonly done: number; readonly total: number }) => void;
  readonly onEvent?: (event: EngineEvent) => void;
}

/** A request that was made of the engine. */
export interface EngineRun<T> {
  readonly result: Promise<T>;
  cancel(): void;
  /** Asks it to wait at its next good place; `held` is called when it does, again each time. */
  hold(held: () => void): void;
  go(): void;
}

interface Pending {
  readonly name: EngineRequestName;
  readonly input: unknown;
  readonly hooks: RequestHooks;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  sent: boolean;
  /** Called when it waits; undefined while it is to go on. */
  held?: (() => void) | undefined;
}

/**
 * Starts an engine process when there is work, and again when it died: after a pause that doubles, and no more once it has died five times in
 * two minutes. What it was working on then fails with the reason.
 */
export class Engine {
  readonly #program: string;
  readonly #start: EngineStart;
  readonly #hooks: EngineHooks;
  readonly #times: EngineTimes;
  readonly #pending = new Map<number, Pending>();
  readonly #watch: NodeJS.Timeout;
  #process: EngineProcess | undefined;
  #ready = false;
  #deaths: number[] = [];
  #lastReason: Error | undefined;
  #restart: NodeJS.Timeout | undefined;
  #requests = 0;
  #state: EngineState = 'idle';
  #closed = false;

  /** @param program file of the engine's program (`engineProgram`) */
  constructor(program: string, start: EngineStart, hooks: EngineHooks = {}, times: EngineTimes = usualTimes) {
    this.#program = program;
    this.#start = start;
    this.#hooks = hooks;
    this.#times = times;
    this.#watch = setInterval(() => this.#look(), times.look).unref();
  }

  get state(): EngineState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What the process wrote last, without paths. */
  get lines(): readonly string[] {
    return this.#process?.lines ?? [];
  }

  /** The result rejects with the handler's error, or with the reason of the engine's death. */
  run<N extends EngineRequestName>(name: N, input: EngineInput<N>, hooks: RequestHooks = {}): EngineRun<EngineOutput<N>> {
    const request = ++this.#requests;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(request, { name, input, hooks, resolve, reject, sent: false });
    });
    this.#submit();
    return {
      // The engine checks its answers against the same schemas.
      result: result as Promise<EngineOutput<N>>,
      cancel: () => this.#cancel(request),
      hold: (held) => {
        const pending = this.#pending.get(request);
        if (pending === undefined) return;
        pending.held = held;
        if (pending.sent) this.#process?.send({ type: 'hold', request });
      },
      go: () => {
        const pending = this.#pending.get(request);
        if (pending === undefined) return;
        pending.held = undefined;
        if (pending.sent) this.#process?.send({ type: 'go', request });
      },
    };
  }

  /** Starts the process before there is work. */
  warmUp(): void {
    this.#submit();
  }

  /** Ends the process. What it works on fails. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#restart);
    await this.#process?.end();
    this.#failAll(new TesseraError('cancelled', 'The program was closed.'));
  }

  #submit(): void {
    if (this.#closed) {
      this.#failAll(new TesseraError('cancelled', 'The program was closed.'));
      return;
    }
    this.#forgetOldDeaths();
    if (this.#deaths.length >= MOST_DEATHS) {
      this.#failAll(this.#tooOften());
      return;
    }
    if (this.#process === undefined && this.#restart === undefined) this.#startProcess();
    if (this.#ready) this.#sendWaiting();
  }

  #startProcess(): void {
    this.#restart = undefined;
    this.#ready = false;
    this.#setState(this.#deaths.length > 0 ? 'restarting' : 'starting');
    const process = new EngineProcess(this.#program, {
      onMessage: (message) => this.#receive(message),
      onDeath: (reason) => this.#died(reason),
    });
    this.#process = process;
    process.send(this.#start);
  }

  #sendWaiting(): void {
    for (const [request, pending] of this.#pending) {
      if (pending.sent) continue;
      pending.sent = true;
      this.#process?.send({ type: 'run', request, name: pending.name, input: pending.input });
      if (pending.held !== undefined) this.#process?.send({ type: 'hold', request });
    }
    this.#setState(this.#pending.size > 0 ? 'busy' : 'idle');
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#sendWaiting();
        break;
      case 'progress':
        this.#pending.get(message.request)?.hooks.onProgress?.(message);
        break;
      case 'event':
        this.#pending.get(message.request)?.hooks.onEvent?.(message.event);
        break;
      case 'held':
        this.#pending.get(message.request)?.held?.();
        break;
      case 'done':
        this.#take(message.request)?.resolve(message.result);
        break;
      case 'failed':
        this.#take(message.request)?.reject(fromWire(message.error));
        break;
      case 'audit':
        void this.#audit(message);
        break;
      case 'beat':
        break;
    }
  }

  #take(request: number): Pending | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    if (this.#ready) this.#setState(this.#pending.size > 0 ? 'busy' : 'idle');
    return pending;
  }

  #cancel(request: number): void {
    const pending = this.#pending.get(request);
    if (pending === undefined) return;
    if (pending.sent) this.#process?.send({ type: 'cancel', request });
    else this.#take(request)?.reject(new TesseraError('cancelled', 'Cancelled before it began.'));
  }

  async #audit(message: Extract<FromEngine, { type: 'audit' }>): Promise<void> {
    const process = this.#process;
    try {
      await this.#hooks.onAudit?.(message);
      process?.send({ type: 'audited', entry: message.entry });
    } catch (error) {
      process?.send({ type: 'audited', entry: message.entry, error: toWire(error) });
    }
  }

  #died(reason: Error): void {
    this.#process = undefined;
    this.#ready = false;
    if (this.#closed) return;
    this.#lastReason = reason;
    this.#forgetOldDeaths();
    this.#deaths.push(performance.now());
    for (const [request, pending] of this.#pending) {
      // What it had not been given yet is not to blame, and waits for the next process.
      if (!pending.sent) continue;
      this.#pending.delete(request);
      pending.reject(reason);
    }
    if (this.#deaths.length >= MOST_DEATHS) {
      this.#setState('dead');
      this.#failAll(this.#tooOften());
      return;
    }
    this.#setState('restarting');
    this.#restart = setTimeout(() => this.#startProcess(), this.#times.backOff * 2 ** (this.#deaths.length - 1));
  }

  #tooOften(): TesseraError {
    const last = this.#lastReason === undefined ? '' : ` The last time: ${this.#lastReason.message}`;
    return new TesseraError('runtime-failed', `The engine ended ${MOST_DEATHS} times in a row and rests.${last}`, {
      advice: 'Try again in two minutes; if it goes on, run tessera doctor.',
      cause: this.#lastReason,
    });
  }

  #failAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #forgetOldDeaths(): void {
    const since = performance.now() - this.#times.forget;
    this.#deaths = this.#deaths.filter((time) => time > since);
  }

  #look(): void {
    if (this.#pending.size > 0 && this.#ready) this.#process?.killIfSilent(this.#times.silence);
  }

  #setState(state: EngineState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#hooks.onState?.(state);
  }
}
