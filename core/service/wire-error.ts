import { basename, isAbsolute, win32 } from 'node:path';
import { isTesseraError, type ErrorCode } from '../base/errors.ts';
import type { ErrorDocument } from './api/errors.ts';

/** Two or more names after one another, from the root: a path inside a sentence. */
const PATH_INSIDE = /(?:[A-Za-z]:)?(?:[\\/][^\s\\/"'`]+){2,}/g;

/** An error as it leaves the host: no folder of this computer is named, and nothing of a mistake in the program. */
export function wireError(error: unknown): ErrorDocument {
  if (!isTesseraError(error)) {
    const advice = 'Repeat what you did; if it returns, report it.';
    return { code: 'unexpected', message: 'Something went wrong inside the program.', advice };
  }
  const { code, subject, message, advice } = error;
  return {
    code,
    message: withoutFolders(message),
    ...(subject === undefined ? {} : { subject: lastName(subject) }),
    ...(advice === undefined ? {} : { advice: withoutFolders(advice) }),
  };
}

function lastName(subject: string): string {
  return isAbsolute(subject) || win32.isAbsolute(subject) ? basename(win32.basename(subject)) : withoutFolders(subject);
}

function withoutFolders(text: string): string {
  return text.replace(PATH_INSIDE, (path) => basename(win32.basename(path)));
}

const statuses: Readonly<Record<ErrorCode, number>> = {
  'not-found': 404,
  'bad-file': 422,
  'unsupported-file': 422,
  'too-large': 413,
  'bad-geometry': 422,
  'grid-mismatch': 422,
  'bad-labels': 422,
  'bad-setting': 400,
  usage: 400,
  'no-data': 409,
  'test-case': 409,
  'bad-model': 422,
  'bad-checkpoint': 422,
  'write-failed': 507,
  'read-only': 409,
  conflict: 409,
  'runtime-missing': 503,
  'runtime-failed': 503,
  'out-of-memory': 503,
  'not-finite': 422,
  'no-connection': 502,
  'not-allowed': 403,
  'server-failed': 502,
  cancelled: 409,
  timeout: 504,
};

/** The HTTP status of an answer that says this error. */
export function statusOf(error: unknown): number {
  return isTesseraError(error) ? statuses[error.code] : 500;
}
