import { Worker } from 'node:worker_threads';
import { TesseraError } from '../base/errors.ts';
import { cancelled } from '../base/task.ts';
import { workerFile, workerFlags } from '../base/worker-file.ts';
import { readScanHere } from './formats.ts';
import type { ReadAnswer, ReadJob, StopRequest } from './read-worker.ts';
import type { ReadOptions, ScanFile } from './scan-file.ts';

export interface ReadScanOptions extends ReadOptions {
  /** Seconds after which the reading is given up; 120 unless given. */
  readonly timeoutSeconds?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 120;

/**
 * Reads a scan or label map in a worker thread, so that no file can hold up or bring down the caller; its voxels are
 * moved, not copied.
 * @throws TesseraError as `readNifti`, and `timeout`, `cancelled` (by `signal`), `runtime-failed` when the worker dies.
 */
export async function readScan(path: string, options: ReadScanOptions = {}): Promise<ScanFile> {
  const { timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, signal, ...rest } = options;
  if (signal?.aborted === true) throw cancelled();

  const limit = new AbortController();
  const stop = (): void => limit.abort(cancelled());
  signal?.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => limit.abort(timeout(path, timeoutSeconds)), timeoutSeconds * 1000);
  try {
    const worker = workerFile('read-worker', import.meta.url);
    return worker === undefined
      ? await readScanHere(path, { ...rest, signal: limit.signal })
      : await readInWorker(worker, { path, options: rest }, limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** Workers that wait for the next job: starting one takes longer than reading a small scan. They do not keep the process alive. */
const idle: Worker[] = [];
const MOST_IDLE = 2;

function readInWorker(file: URL, job: ReadJob, limit: AbortSignal): Promise<ScanFile> {
  return new Promise((resolve, reject) => {
    const worker = idle.pop() ?? startWorker(file);
    const release = (): void => {
      limit.removeEventListener('abort', stop);
      worker.off('message', done).off('error', died).off('exit', died);
    };
    const done = (answer: ReadAnswer): void => {
      release();
      rest(worker);
      if ('scan' in answer) resolve(answer.scan);
      else reject(new TesseraError(answer.error.code, answer.error.message, answer.error));
    };
    const died = (cause: unknown): void => {
      release();
      void worker.terminate();
      reject(workerDied(job.path, cause));
    };
    const stop = (): void => {
      release();
      stopWorker(worker);
      reject(limit.reason as TesseraError);
    };
    limit.addEventListener('abort', stop, { once: true });
    worker.on('message', done).on('error', died).on('exit', died);
    worker.ref();
    worker.postMessage(job);
  });
}

/** A worker without work waits for the next job. */
function rest(worker: Worker): void {
  worker.unref();
  if (idle.length < MOST_IDLE) idle.push(worker);
  else void worker.terminate();
}

/** What a worker has after being asked to stop. By then a reader that listens has ended its decode process in good order. */
const MILLISECONDS_TO_STOP = 1000;

function stopWorker(worker: Worker): void {
  const force = setTimeout(() => void worker.terminate(), MILLISECONDS_TO_STOP);
  worker.unref();
  force.unref();
  worker.once('message', () => {
    clearTimeout(force);
    rest(worker);
  });
  worker.postMessage('stop' satisfies StopRequest);
}

function startWorker(file: URL): Worker {
  const worker = new Worker(file, { execArgv: workerFlags() });
  const forget = (): void => {
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
  };
  // Without a listener an error of an idle worker would end the process.
  return worker.on('exit', forget).on('error', forget);
}

function workerDied(path: string, cause: unknown): TesseraError {
  return new TesseraError('runtime-failed', `could not be read: the reading thread ended unexpectedly (${String(cause)}).`, {
    subject: path,
    advice: 'Report this with the file if you may share it.',
    cause,
  });
}

function timeout(path: string, seconds: number): TesseraError {
  return new TesseraError('timeout', `was not read within ${seconds} s.`, {
    subject: path,
    advice: 'Copy it to a faster disk, or allow more time.',
  });
}
