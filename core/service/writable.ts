import { TesseraError } from '../base/errors.ts';
import type { Workspace } from '../workspace/index.ts';

/** @throws TesseraError `read-only` with the reason */
export function checkWritable({ access }: Workspace): void {
  if (access.mode === 'write') return;
  throw new TesseraError('read-only', `The workspace is open for reading only. ${access.reason}`, {
    advice: 'Close it where it is open for writing, then open it here again.',
  });
}
