import { Worker } from 'node:worker_threads';
import { TesseraError } from '../base/errors.ts';
import { cancelled } from '../base/task.ts';
import { readScanHere } from './formats.ts';
import type { ReadAnswer, ReadJob } from './read-worker.ts';
import type { ReadOptions, ScanFile } from './scan-file.ts';

export interface ReadScanOptions extends ReadOptions {
  /** Seconds after which the reading is given up; 120 unless given. */
  readonly timeoutSeconds?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 120;

/**
 * Reads a scan or label map in a worker thread of its own, so that no file can hold up or bring down the caller; its voxels are
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
    const worker = workerFile();
    return worker === undefined
      ? await readScanHere(path, { ...rest, signal: limit.signal })
      : await readInWorker(worker, { path, options: rest }, limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * The worker beside this file, compiled as this file is. Run from its TypeScript source (tests), a Node without type stripping cannot
 * load the worker's source: then the reading stays in this thread, under the same limits.
 */
function workerFile(): URL | undefined {
  const source = import.meta.url.endsWith('.ts');
  if (source && !('typescript' in process.features && process.features.typescript)) return undefined;
  return new URL(source ? './read-worker.ts' : './read-worker.js', import.meta.url);
}

function readInWorker(file: URL, job: ReadJob, limit: AbortSignal): Promise<ScanFile> {
  return new Promise((resolve, reject) => {
    // A program given by `node -e` has --input-type, which a worker made from a file refuses.
    const worker = new Worker(file, { workerData: job, execArgv: process.execArgv.filter((flag) => !flag.startsWith('--input-type')) });
    const settle = (act: () => void): void => {
      limit.removeEventListener('abort', stop);
      act();
      void worker.terminate();
    };
    const stop = (): void => settle(() => reject(limit.reason as TesseraError));
    const died = (cause?: unknown): void => settle(() => reject(workerDied(job.path, cause)));
    limit.addEventListener('abort', stop, { once: true });
    worker.once('message', (answer: ReadAnswer) =>
      settle(() => {
        if ('scan' in answer) resolve(answer.scan);
        else reject(new TesseraError(answer.error.code, answer.error.message, answer.error));
      }),
    );
    worker.once('error', died);
    worker.once('exit', (code) => died(`exit status ${code}`));
  });
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
