// Runs in a worker thread of read-scan.ts: reads one scan for each job and hands its voxels over without copying them.
import { parentPort } from 'node:worker_threads';
import { isTesseraError, type ErrorCode } from '../base/errors.ts';
import { readScanHere } from './formats.ts';
import type { ReadOptions, ScanFile } from './scan-file.ts';

export interface ReadJob {
  readonly path: string;
  readonly options: Omit<ReadOptions, 'signal'>;
}

export type ReadAnswer =
  | { readonly scan: ScanFile }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly subject?: string; readonly advice?: string } };

/** Asks for an end of the job in work; its answer comes all the same. */
export type StopRequest = 'stop';

async function answer({ path, options }: ReadJob, signal: AbortSignal): Promise<ReadAnswer> {
  try {
    return { scan: await readScanHere(path, { ...options, signal }) };
  } catch (error) {
    if (!isTesseraError(error)) throw error;
    const { code, message, subject, advice } = error;
    return { error: { code, message, ...(subject === undefined ? {} : { subject }), ...(advice === undefined ? {} : { advice }) } };
  }
}

let current: AbortController | undefined;

parentPort?.on('message', (job: ReadJob | StopRequest) => {
  if (job === 'stop') {
    current?.abort();
    return;
  }
  current = new AbortController();
  void answer(job, current.signal).then((reply) => {
    parentPort?.postMessage(reply, 'scan' in reply ? [reply.scan.volume.voxels.buffer as ArrayBuffer] : []);
  });
});
