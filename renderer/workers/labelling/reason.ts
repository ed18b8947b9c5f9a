import { ToolRefusal, type Refusal } from '../../../core/labelling/index.ts';

/** Why a tool cannot act, as it travels from a worker: a reason that the page words, or what went wrong. */
export type Reason = { readonly refusal: Refusal } | { readonly message: string };

export function reasonOf(error: unknown): Reason {
  if (error instanceof ToolRefusal) return { refusal: error.refusal };
  return { message: error instanceof Error ? error.message : String(error) };
}

/** The error that it was in the worker. */
export function errorOf(reason: Reason): Error {
  return 'refusal' in reason ? new ToolRefusal(reason.refusal) : new Error(reason.message);
}
