import { TesseraError } from '../base/errors.ts';

/** What writing throws in a workspace that is open for reading. */
export function readOnly(reason = 'It lies where nothing may be written, or another process works in it.'): TesseraError {
  return new TesseraError('read-only', `The workspace is open for reading only. ${reason}`, {
    advice: 'Close it where it is open for writing, then open it here again.',
  });
}
