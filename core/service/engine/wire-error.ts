import { describeError, isTesseraError, TesseraError, type ErrorCode } from '../../base/errors.ts';
import type { ErrorDocument } from '../api/errors.ts';

/** An error between host and engine, whole: paths are cut where an answer leaves the host. */
export function toWire(error: unknown): ErrorDocument {
  if (!isTesseraError(error)) return { code: 'unexpected', message: describeError(error) };
  const { code, subject, message, advice } = error;
  return { code, message, ...(subject === undefined ? {} : { subject }), ...(advice === undefined ? {} : { advice }) };
}

export function fromWire(error: ErrorDocument): Error {
  if (error.code === 'unexpected') return new Error(error.message);
  const { code, message, ...details } = error;
  // The other end is our own program of the same version.
  return new TesseraError(code as ErrorCode, message, details);
}
