import { readFile } from 'node:fs/promises';
import { TesseraError } from '../base/errors.ts';

/** A file that a user named, as text. @throws TesseraError `not-found` or `bad-file` */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new TesseraError(missing ? 'not-found' : 'bad-file', missing ? 'does not exist.' : 'cannot be read.', {
      subject: path,
      advice: 'Check the path.',
      cause,
    });
  }
}
