import type { LabelDelta } from '../../core/labelling/index.ts';
import { errorOf } from '../workers/labelling/reason.ts';
import type { LabelAnswer } from '../workers/labelling.worker.ts';
import type { LabelJob } from '../workers/labelling/run-tool.ts';

/** Runs a tool. @returns undefined when the signal ended it @throws Error that says why the tool cannot act */
export type RunTool = (job: LabelJob, signal: AbortSignal) => Promise<LabelDelta | undefined>;

/**
 * Has a worker run a tool; the page goes on meanwhile.
 * @returns undefined when the signal ended it @throws Error that says why the tool cannot act
 */
export function runInWorker(job: LabelJob, signal: AbortSignal): Promise<LabelDelta | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../workers/labelling.worker.ts', import.meta.url), { type: 'module' });
    const end = (settle: () => void): void => {
      worker.terminate();
      settle();
    };
    signal.addEventListener('abort', () => end(() => resolve(undefined)), { once: true });
    worker.onmessage = ({ data }: MessageEvent<LabelAnswer>) =>
      end(() => ('delta' in data ? resolve(data.delta) : reject(errorOf(data.reason))));
    worker.onerror = (event) => end(() => reject(new Error(event.message)));
    worker.postMessage(job);
  });
}
