// Runs in a worker thread of view-workers.ts: makes the views of one scan for each job and hands them over without copying them.
import { parentPort } from 'node:worker_threads';
import { isTesseraError, type ErrorCode } from '../base/errors.ts';
import { runViewJob, type ViewAnswer, type ViewJob } from './view-job.ts';

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly subject?: string;
  readonly advice?: string;
}

export type WorkerAnswer = { readonly answer: ViewAnswer } | { readonly error: PlainError };

async function answerTo(job: ViewJob): Promise<WorkerAnswer> {
  try {
    return { answer: await runViewJob(job, (bytes) => new SharedArrayBuffer(bytes)) };
  } catch (error) {
    return { error: asPlain(error, job) };
  }
}

function asPlain(error: unknown, { source }: ViewJob): PlainError {
  if (isTesseraError(error)) {
    const { code, message, subject, advice } = error;
    return { code, message, ...(subject === undefined ? {} : { subject }), ...(advice === undefined ? {} : { advice }) };
  }
  const subject = source.case.id;
  if (error instanceof RangeError && /allocation failed|Invalid typed array length/.test(error.message))
    return { code: 'out-of-memory', subject, message: 'does not fit into the memory that is left.', advice: 'Close other programs.' };
  return { code: 'runtime-failed', subject, message: `could not be cut into views (${String(error)}).` };
}

parentPort?.on('message', (job: ViewJob) => {
  void answerTo(job).then((reply) => {
    const made = 'answer' in reply ? reply.answer.views.flat() : [];
    parentPort?.postMessage(
      reply,
      made.flatMap(({ patches, places }) => [patches.buffer as ArrayBuffer, places.buffer as ArrayBuffer]),
    );
  });
});
