/** What kind of thing went wrong. Programs match on the code, people read the message. */
export type ErrorCode =
  | 'not-found'
  | 'bad-file'
  | 'unsupported-file'
  | 'too-large'
  | 'bad-geometry'
  | 'grid-mismatch'
  | 'bad-labels'
  | 'bad-setting'
  | 'usage'
  | 'no-data'
  /** A case that is locked away for testing was asked for in training. */
  | 'test-case'
  | 'bad-model'
  | 'bad-checkpoint'
  | 'write-failed'
  /** The place was opened for reading only: another process works in it, or the disk takes no changes. */
  | 'read-only'
  /** Somebody else was faster: what was changed is no longer as it was known. */
  | 'conflict'
  | 'runtime-missing'
  | 'runtime-failed'
  | 'out-of-memory'
  | 'not-finite'
  /** A server cannot be reached, or its identity cannot be proved. */
  | 'no-connection'
  /** A server was reached and will not: who asks is unknown to it or may not. */
  | 'not-allowed'
  /** A server failed, or answered what it should not. */
  | 'server-failed'
  | 'cancelled'
  | 'timeout';

export interface ErrorDetails {
  /** The file, folder, option or setting that the error is about. */
  readonly subject?: string;
  /** What the user can do about it, as one sentence. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/** The one error class that users meet: what is wrong, with which file or setting, and what to do. */
export class TesseraError extends Error {
  override readonly name = 'TesseraError';
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  readonly advice: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.subject = details.subject;
    this.advice = details.advice;
  }
}

export function isTesseraError(value: unknown): value is TesseraError {
  return value instanceof TesseraError;
}

/** One line for a terminal: subject, what is wrong, what to do. */
export function describeError(error: unknown): string {
  if (!isTesseraError(error)) return error instanceof Error ? error.message : String(error);
  const subject = error.subject === undefined ? '' : `${error.subject}: `;
  const advice = error.advice === undefined ? '' : ` ${error.advice}`;
  return `${subject}${error.message}${advice}`;
}
