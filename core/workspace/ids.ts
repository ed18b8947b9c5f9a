import { randomBytes } from 'node:crypto';
import { TesseraError } from '../base/errors.ts';

/** A random name for a file or folder; it says nothing of what is inside. */
export function newId(): string {
  return randomBytes(8).toString('hex');
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8,64}$/.test(text);
}

/** An id that came from outside, safe to be part of a path. @throws TesseraError `not-found` */
export function checkedId(id: string): string {
  if (isId(id)) return id;
  throw new TesseraError('not-found', `${JSON.stringify(id.slice(0, 40))} is no id.`, {
    advice: 'Ids are 8 to 64 digits from 0 to 9 and a to f.',
  });
}
