// The program of a DIMSE process (run.ts): takes one job, reports progress, answers, and ends.
import { describeError, isTesseraError } from '../../base/errors.ts';
import type { FromChild } from './run.ts';
import type { DimseJob } from './job.ts';
import { performDimse } from './perform.ts';

const LARGEST_RESIDENT_BYTES = 2 * 1024 ** 3;

const tell = (message: FromChild): void => void process.send?.(message);

process.on('message', (job: DimseJob) => void serve(job));
// The library throws where nobody can catch, when a PACS says what it does not expect.
process.on('uncaughtException', (error) => answer(failure(error)));
process.on('disconnect', () => process.exit(1));
// The parent ends a process that has been silent: then its event loop hangs.
setInterval(() => {
  if (process.memoryUsage.rss() > LARGEST_RESIDENT_BYTES) process.exit(1);
  tell({ kind: 'alive' });
}, 500);

async function serve(job: DimseJob): Promise<void> {
  const task = {
    signal: new AbortController().signal,
    progress: (progress: { done: number; total: number }) => tell({ kind: 'progress', ...progress }),
  };
  try {
    answer({ kind: 'done', result: await performDimse(job, task) });
  } catch (error) {
    answer(failure(error));
  }
}

function failure(error: unknown): FromChild {
  if (!isTesseraError(error)) return { kind: 'failed', code: 'server-failed', message: `the connection failed (${describeError(error)}).` };
  const { code, message, subject, advice } = error;
  return { kind: 'failed', code, message, ...(subject === undefined ? {} : { subject }), ...(advice === undefined ? {} : { advice }) };
}

function answer(message: FromChild): void {
  process.send?.(message, () => process.exit(0));
}
