import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { cancelled } from '../base/task.ts';
import { LARGEST_RESIDENT_BYTES, WASM_PAGES } from './decode-limits.ts';
import { message, messagesOf, type DecodeMessage } from './decode-process-messages.ts';
import { MEMORY_REPORTS, MemoryWatch } from './memory-watch.ts';

/** Why a process ended at a job: too much time, too much memory, or by itself. */
export type Loss = 'time' | 'memory' | 'died';

/** The process that worked at a job is gone, and the job is to blame. */
export class ProcessLost extends Error {
  readonly why: Loss;

  constructor(why: Loss) {
    super(`the decode process was lost (${why})`);
    this.why = why;
  }
}

export interface PoolOptions {
  readonly program: URL;
  readonly most: number;
  /** Another process is worth its start when so many jobs wait for each. */
  readonly worthAnother: number;
  /** Bytes of memory of one process; {@link LARGEST_RESIDENT_BYTES} unless given. */
  readonly residentBytes?: number;
}

export interface JobOptions {
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** A job that was sent to a process and not answered yet. */
interface Waiting extends JobOptions {
  readonly request: readonly Uint8Array[];
  readonly resolve: (answer: DecodeMessage) => void;
  readonly reject: (error: Error) => void;
}

/** A child process that does one job after another. */
interface Decoder {
  readonly child: ChildProcess;
  readonly input: Writable;
  readonly output: Readable;
  readonly memory: MemoryWatch;
  queue: Waiting[];
  timer: NodeJS.Timeout | undefined;
  /** Why we ended it. */
  ended?: 'time' | 'memory' | 'cancelled';
}

/**
 * Child processes that do jobs with bounded memory and time. Whatever is in a job, it ends at most its process; the jobs behind it begin anew
 * in another. Processes wait for more work, and do not keep the program alive.
 */
export class DecodePool {
  readonly #options: PoolOptions;
  readonly #decoders = new Set<Decoder>();
  readonly #watched = new WeakSet<AbortSignal>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * @returns what the process answers
   * @throws ProcessLost; TesseraError `cancelled` by `signal`
   */
  run(head: object, body: Uint8Array, { seconds, signal }: JobOptions): Promise<DecodeMessage> {
    if (signal?.aborted === true) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      this.#submit({ request: message(head, body), seconds, signal, resolve, reject });
    });
  }

  #submit(waiting: Waiting): void {
    const decoder = this.#choose();
    decoder.queue.push(waiting);
    if (decoder.queue.length === 1) nextJob(decoder);
    if (waiting.signal !== undefined) this.#endOnAbort(waiting.signal);
    for (const piece of waiting.request) decoder.input.write(piece);
  }

  #choose(): Decoder {
    const { most, worthAnother } = this.#options;
    const usable = [...this.#decoders].filter(({ ended }) => ended === undefined).sort((a, b) => a.queue.length - b.queue.length);
    const [least] = usable;
    if (least !== undefined && (least.queue.length < worthAnother || usable.length >= most)) return least;
    return this.#start();
  }

  #start(): Decoder {
    const { program, residentBytes = LARGEST_RESIDENT_BYTES } = this.#options;
    const flags = process.execArgv.filter((flag) => flag.includes('strip-types'));
    const args = [...flags, `--wasm-max-mem-pages=${WASM_PAGES}`, fileURLToPath(program), String(residentBytes)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore', 'pipe'], windowsHide: true });
    const { stdin, stdout } = child;
    // Only its types allow that.
    if (stdin === null || stdout === null) throw new Error('a child process without pipes');
    const memory = new MemoryWatch(child, residentBytes, () => end(decoder, 'memory'));
    const decoder: Decoder = { child, input: stdin, output: stdout, memory, queue: [], timer: undefined };
    this.#decoders.add(decoder);
    // Writing to a process that has just died is told by `close`.
    stdin.on('error', () => undefined);
    child.on('error', () => this.#lose(decoder)).on('close', () => this.#lose(decoder));
    void takeAnswers(decoder);
    return decoder;
  }

  /** Ends the processes that work for a signal when it is aborted. One listener for all jobs of a series. */
  #endOnAbort(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return;
    this.#watched.add(signal);
    const stop = (): void => {
      for (const decoder of this.#decoders) if (decoder.queue.some((waiting) => waiting.signal === signal)) end(decoder, 'cancelled');
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  /** A process is gone: the job it was at is to blame, unless we ended it for another reason; the others begin anew. */
  #lose(decoder: Decoder): void {
    if (!this.#decoders.delete(decoder)) return;
    clearTimeout(decoder.timer);
    decoder.memory.stop();
    const [first, ...others] = decoder.queue;
    decoder.queue = [];
    if (first === undefined) return;
    if (decoder.ended === 'cancelled') others.unshift(first);
    else first.reject(new ProcessLost(decoder.ended ?? 'died'));
    for (const waiting of others) {
      if (waiting.signal?.aborted === true) waiting.reject(cancelled());
      else this.#submit(waiting);
    }
  }
}

function end(decoder: Decoder, why: NonNullable<Decoder['ended']>): void {
  decoder.ended ??= why;
  decoder.child.kill('SIGKILL');
}

async function takeAnswers(decoder: Decoder): Promise<void> {
  try {
    for await (const answer of messagesOf(decoder.output)) {
      const done = decoder.queue.shift();
      nextJob(decoder);
      done?.resolve(answer);
    }
  } catch {
    decoder.child.kill('SIGKILL');
  }
}

/** Starts the clock of the next job; without one the process no longer keeps the program alive. */
function nextJob(decoder: Decoder): void {
  const { child, queue, memory } = decoder;
  clearTimeout(decoder.timer);
  const [next] = queue;
  for (const handle of [child, child.stdin, child.stdout, child.stdio[MEMORY_REPORTS]]) keepAlive(handle, next !== undefined);
  if (next === undefined) {
    memory.stop();
    return;
  }
  memory.start();
  decoder.timer = setTimeout(() => end(decoder, 'time'), next.seconds * 1000);
}

function keepAlive(handle: object | null | undefined, busy: boolean): void {
  // The streams of a child are sockets, which can be unreferenced; their types do not say so.
  const method = busy ? 'ref' : 'unref';
  if (handle !== null && handle !== undefined && method in handle) (handle as { ref(): void; unref(): void })[method]();
}
