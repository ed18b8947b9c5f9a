import { cancelled } from '../../base/task.ts';
import { engineRequests, type EngineEvent, type EngineInput, type EngineOutput, type EngineRequestName } from '../api/engine.ts';
import type { Job } from '../api/jobs.ts';
import type { BackendSummary, EngineState } from '../api/status.ts';
import { Lane, type Priority, type Started } from '../jobs/lane.ts';
import { Engine, type EngineHooks, type EngineRun, type EngineTimes, type RequestHooks } from './engine.ts';
import type { EngineStart } from './messages.ts';

/** Light requests of the page at a time. */
const LIGHT_AT_ONCE = 4;

export interface EnginesOptions {
  /** File of the engine's program. */
  readonly program: string;
  readonly start: EngineStart;
  readonly onState: (state: EngineState) => void;
  readonly onAudit: NonNullable<EngineHooks['onAudit']>;
  /** What handlers tell, whoever asked. */
  readonly onEvent: (event: EngineEvent) => void;
  readonly times?: EngineTimes;
}

/**
 * The two engine processes of a workspace. One computes, one thing at a time; what is asked for at the screen goes before jobs. The light one
 * reads and writes files beside it, so that a scan opens while a network trains, and a file that ends its reader ends no training.
 */
export class Engines {
  /** Jobs wait here for their turn; requests of the page on the accelerator too. */
  readonly lanes: Readonly<Record<Job['uses'], Lane>> = { accelerator: new Lane(1), light: new Lane(1) };
  readonly #lightRequests = new Lane(LIGHT_AT_ONCE);
  readonly #engines: Readonly<Record<Job['uses'], Engine>>;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #onState: (state: EngineState) => void;
  #backend: BackendSummary | undefined;
  #state: EngineState = 'idle';

  constructor({ program, start, onState, onAudit, onEvent, times }: EnginesOptions) {
    const hooks = { onAudit, onState: () => this.#stateChanged() };
    this.#engines = {
      accelerator: new Engine(program, start, hooks, times),
      light: new Engine(program, start, hooks, times),
    };
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  /** Starts the light process, which the first look at a list of scans needs. */
  warmUp(): void {
    this.#engines.light.warmUp();
  }

  /** What computes; undefined until it was needed. */
  get backend(): BackendSummary | undefined {
    return this.#backend;
  }

  /** The state of the process that computes; while that one is idle, of the light one. */
  get state(): EngineState {
    const { accelerator, light } = this.#engines;
    return accelerator.state === 'idle' ? light.state : accelerator.state;
  }

  /** Process numbers, for tests. */
  get pids(): Readonly<Record<Job['uses'], number | undefined>> {
    return { accelerator: this.#engines.accelerator.pid, light: this.#engines.light.pid };
  }

  /** Does a request at once: the part of a job that has its turn. */
  run<N extends EngineRequestName>(name: N, input: EngineInput<N>, hooks: RequestHooks = {}): EngineRun<EngineOutput<N>> {
    return this.#engines[engineRequests[name].uses].run(name, input, {
      ...hooks,
      onEvent: (event) => {
        if (event.kind === 'backend') this.#backend = event.backend;
        this.#onEvent(event);
        hooks.onEvent?.(event);
      },
    });
  }

  /** Does a request of the page, as soon as its turn comes. @throws TesseraError `cancelled` when `signal` is aborted */
  async ask<N extends EngineRequestName>(
    name: N,
    input: EngineInput<N>,
    { signal, priority = 'interactive' }: { readonly signal?: AbortSignal; readonly priority?: Priority } = {},
  ): Promise<EngineOutput<N>> {
    if (signal?.aborted === true) throw cancelled();
    const lane = engineRequests[name].uses === 'light' ? this.#lightRequests : this.lanes.accelerator;
    return new Promise((resolve, reject) => {
      let run: EngineRun<EngineOutput<N>> | undefined;
      const start = (): Started => {
        const begun = this.run(name, input);
        run = begun;
        const ended = begun.result.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort));
        return { ended, hold: (held) => begun.hold(held), go: () => begun.go() };
      };
      const ticket = lane.add({ priority, start });
      const abort = (): void => {
        if (ticket.remove()) reject(cancelled());
        else run?.cancel();
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** What the processes wrote last, without paths. */
  get lines(): readonly string[] {
    return [...this.#engines.accelerator.lines, ...this.#engines.light.lines];
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.accelerator.close(), this.#engines.light.close()]);
  }

  #stateChanged(): void {
    const { state } = this;
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
