import type { Backend } from '../../compute/index.ts';
import { openLentWorkspace, type LentAuditEntry, type Workspace } from '../../workspace/index.ts';
import { engineRequests, type EngineEvent, type EngineRequestName } from '../api/engine.ts';
import type { EngineContext, EngineHandlers } from './context.ts';
import { toEngine, type EngineStart, type FromEngine, type ToEngine } from './messages.ts';
import { RunningRequest } from './running-request.ts';
import { fromWire, toWire } from './wire-error.ts';

const BEAT_EVERY = 1000;

/** The channel to the host: `process` of a forked child. */
export interface EngineChannel {
  send(message: FromEngine): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** Answers the host's requests until the channel closes. */
export function serveEngine(handlers: EngineHandlers, channel: EngineChannel): void {
  const engine = new EngineServer(handlers, (message) => channel.send(message));
  channel.onMessage((message) => engine.receive(toEngine.parse(message)));
  setInterval(() => channel.send({ type: 'beat', residentBytes: process.memoryUsage.rss() }), BEAT_EVERY);
}

class EngineServer {
  readonly #handlers: EngineHandlers;
  readonly #send: (message: FromEngine) => void;
  readonly #running = new Map<number, RunningRequest>();
  readonly #audits = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #entries = 0;
  #start: EngineStart | undefined;
  #workspace: Promise<Workspace> | undefined;
  #backend: Promise<Backend> | undefined;

  constructor(handlers: EngineHandlers, send: (message: FromEngine) => void) {
    this.#handlers = handlers;
    this.#send = send;
  }

  receive(message: ToEngine): void {
    switch (message.type) {
      case 'start':
        this.#start = message;
        this.#workspace = this.#openWorkspace(message);
        // Told by the first request that needs it.
        this.#workspace.catch(() => undefined);
        this.#send({ type: 'ready' });
        break;
      case 'run':
        void this.#run(message.request, message.name, message.input);
        break;
      case 'cancel':
        this.#running.get(message.request)?.cancel();
        break;
      case 'hold':
        this.#running.get(message.request)?.hold();
        break;
      case 'go':
        this.#running.get(message.request)?.go();
        break;
      case 'stop':
        process.exit(0);
        break;
      case 'audited':
        this.#audited(message.entry, message.error === undefined ? undefined : fromWire(message.error));
        break;
    }
  }

  async #run(request: number, name: EngineRequestName, input: unknown): Promise<void> {
    const running = new RunningRequest(request, this.#send);
    this.#running.set(request, running);
    try {
      const result = await this.#handle(name, input, await this.#context(request, running));
      this.#send({ type: 'done', request, result });
    } catch (error) {
      this.#send({ type: 'failed', request, error: toWire(error) });
    } finally {
      this.#running.delete(request);
    }
  }

  async #handle(name: EngineRequestName, input: unknown, context: EngineContext): Promise<unknown> {
    const { input: schema, output } = engineRequests[name];
    // The table of handlers pairs each name with its own input, which TypeScript cannot follow through a variable name.
    const handler = this.#handlers[name] as (input: unknown, context: EngineContext) => Promise<unknown>;
    return output.parse(await handler(schema.parse(input), context));
  }

  async #context(request: number, running: RunningRequest): Promise<EngineContext> {
    if (this.#workspace === undefined) throw new Error('the engine was not started');
    return {
      task: running.task,
      workspace: await this.#workspace,
      emit: (event) => this.#emit(request, event),
      breathe: running.breathe,
      backend: () => (this.#backend ??= this.#startBackend(request)),
    };
  }

  #emit(request: number, event: EngineEvent): void {
    this.#send({ type: 'event', request, event });
  }

  #openWorkspace({ workspace }: EngineStart): Promise<Workspace> {
    return openLentWorkspace(workspace.folder, workspace.loan, (entry) => this.#audit(entry));
  }

  #audit({ what, about, model }: LentAuditEntry): Promise<void> {
    const entry = ++this.#entries;
    return new Promise((resolve, reject) => {
      this.#audits.set(entry, { resolve, reject });
      this.#send({ type: 'audit', entry, what, about, ...(model === undefined ? {} : { model }) });
    });
  }

  #audited(entry: number, error: Error | undefined): void {
    const waiting = this.#audits.get(entry);
    this.#audits.delete(entry);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(error);
  }

  async #startBackend(request: number): Promise<Backend> {
    try {
      const { startBackend } = await import('../../compute/index.ts');
      const { backend: choice, threads } = this.#start ?? { backend: 'auto' };
      const backend = await startBackend(choice, threads === undefined ? {} : { threads });
      const { name, device, notes } = backend;
      this.#emit(request, { kind: 'backend', backend: { name, device, why: notes.join(' ') } });
      return backend;
    } catch (error) {
      this.#backend = undefined;
      throw error;
    }
  }
}
