import { errorOf } from '../workers/labelling/reason.ts';
import type { AssistAnswer } from '../workers/assist.worker.ts';
import type { AssistJob, AssistResult } from '../workers/assist/run-assist.ts';

/** Runs work on whole layers. @returns undefined when the signal ended it @throws Error that says why it cannot be done */
export type RunAssist = (job: AssistJob, signal: AbortSignal) => Promise<AssistResult | undefined>;

/** Has a worker do it; the page goes on meanwhile. */
export const assistInWorker: RunAssist = (job, signal) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../workers/assist.worker.ts', import.meta.url), { type: 'module' });
    const end = (settle: () => void): void => {
      worker.terminate();
      settle();
    };
    signal.addEventListener('abort', () => end(() => resolve(undefined)), { once: true });
    worker.onmessage = ({ data }: MessageEvent<AssistAnswer>) =>
      end(() => ('reason' in data ? reject(errorOf(data.reason)) : resolve(data)));
    worker.onerror = (event) => end(() => reject(new Error(event.message)));
    worker.postMessage(job);
  });
