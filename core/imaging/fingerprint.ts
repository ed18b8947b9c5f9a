import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { TesseraError } from '../base/errors.ts';

/** SHA-256 of a file's bytes in hexadecimal, without holding the file in memory. @throws TesseraError `not-found` or `bad-file`. */
export async function fileFingerprint(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1024 ** 2 })) hash.update(piece as Buffer);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw code === 'ENOENT'
      ? new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause })
      : new TesseraError('bad-file', `cannot be read (${String(code ?? cause)}).`, {
          subject: path,
          advice: 'Check who may read it.',
          cause,
        });
  }
  return hash.digest('hex');
}
