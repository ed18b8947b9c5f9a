import { runAssist, type AssistJob, type AssistResult } from './assist/run-assist.ts';
import { reasonOf, type Reason } from './labelling/reason.ts';

/** What was found, or why there is nothing. */
export type AssistAnswer = AssistResult | { readonly reason: Reason };

/** One job a worker; whoever no longer wants it ends the worker. */
self.onmessage = ({ data }: MessageEvent<AssistJob>): void => {
  let answer: AssistAnswer;
  try {
    answer = runAssist(data);
  } catch (error) {
    answer = { reason: reasonOf(error) };
  }
  self.postMessage(answer);
};
