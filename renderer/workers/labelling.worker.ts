import type { LabelDelta } from '../../core/labelling/index.ts';
import { reasonOf, type Reason } from './labelling/reason.ts';
import { runTool, type LabelJob } from './labelling/run-tool.ts';

/** The change, or why there is none. */
export type LabelAnswer = { readonly delta: LabelDelta } | { readonly reason: Reason };

/** One job a worker; whoever no longer wants it ends the worker. */
self.onmessage = ({ data }: MessageEvent<LabelJob>): void => {
  let answer: LabelAnswer;
  try {
    answer = { delta: runTool(data) };
  } catch (error) {
    answer = { reason: reasonOf(error) };
  }
  self.postMessage(answer);
};
