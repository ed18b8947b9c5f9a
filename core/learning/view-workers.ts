import { Worker } from 'node:worker_threads';
import { TesseraError } from '../base/errors.ts';
import { cancelled } from '../base/task.ts';
import { workerFile, workerFlags } from '../base/worker-file.ts';
import type { ViewAnswer, ViewJob } from './view-job.ts';
import type { WorkerAnswer } from './view-worker.ts';

interface Waiting {
  /** Called when a thread is free, so that a job holds no scan while it waits. */
  readonly job: () => ViewJob;
  readonly resolve: (answer: ViewAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads that read scans and cut views. Each works on one job at a time; idle ones do not keep the process alive. */
export class ViewWorkers {
  private readonly file: URL;
  private readonly most: number;
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];
  private closed = false;

  private constructor(file: URL, most: number) {
    this.file = file;
    this.most = most;
  }

  /** @returns undefined where threads cannot be used: `workerFile` says when */
  static start(threads: number): ViewWorkers | undefined {
    const file = workerFile('view-worker', import.meta.url);
    return file === undefined || threads < 1 ? undefined : new ViewWorkers(file, threads);
  }

  /** @throws TesseraError as the job; `runtime-failed` when its thread dies; `cancelled` after `close` */
  run(job: () => ViewJob): Promise<ViewAnswer> {
    return new Promise((resolve, reject) => {
      this.queue.push({ job, resolve, reject });
      this.next();
    });
  }

  /** Ends all threads; jobs that are under way or wait are cancelled. */
  async close(): Promise<void> {
    this.closed = true;
    const threads = [...this.idle, ...this.busy.keys()];
    const given = [...this.busy.values(), ...this.queue];
    this.queue.length = 0;
    this.busy.clear();
    this.idle.length = 0;
    for (const { reject } of given) reject(cancelled());
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private next(): void {
    if (this.idle.length === 0 && this.busy.size >= this.most) return;
    const waiting = this.queue.shift();
    if (waiting === undefined) return;
    if (this.closed) {
      waiting.reject(cancelled());
      return;
    }
    const thread = this.idle.pop() ?? this.startThread();
    this.busy.set(thread, waiting);
    thread.ref();
    thread.postMessage(waiting.job());
  }

  private startThread(): Worker {
    const thread = new Worker(this.file, { execArgv: workerFlags() });
    thread.on('message', (reply: WorkerAnswer) => {
      const waiting = this.busy.get(thread);
      this.busy.delete(thread);
      thread.unref();
      this.idle.push(thread);
      if ('answer' in reply) waiting?.resolve(reply.answer);
      else waiting?.reject(new TesseraError(reply.error.code, reply.error.message, reply.error));
      this.next();
    });
    const died = (cause: unknown): void => {
      const waiting = this.busy.get(thread);
      this.busy.delete(thread);
      const at = this.idle.indexOf(thread);
      if (at >= 0) this.idle.splice(at, 1);
      waiting?.reject(new TesseraError('runtime-failed', `a thread that cuts views ended unexpectedly (${String(cause)}).`, { cause }));
      this.next();
    };
    return thread.on('error', died).on('exit', died);
  }
}
