import { open } from 'node:fs/promises';
import { TesseraError } from '../base/errors.ts';
import { openByteSource } from './nifti/byte-source.ts';

/** Headers of real files have hundreds of bytes, with long private fields some 100 KB. */
const LONGEST_HEADER = 4 * 1024 ** 2;
const PIECE = 64 * 1024;

/**
 * The text at the start of a file up to where `end` finds its end.
 * @param end the length of the header in the text so far, or undefined when more is needed
 * @returns the header, and the byte at which what follows begins; the whole file when it is all header
 * @throws TesseraError `not-found`, `bad-file` (no such file, or a header without end)
 */
export async function readTextHeader(path: string, end: (text: string) => number | undefined): Promise<{ text: string; bytes: number }> {
  const source = await openByteSource(path);
  const { size } = source;
  await source.close();
  const handle = await open(path, 'r');
  try {
    for (let length = Math.min(PIECE, size); ; length = Math.min(4 * length, size, LONGEST_HEADER)) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, 0);
      // Latin-1 keeps one character a byte, so that places in the text are places in the file.
      const text = bytes.toString('latin1', 0, bytesRead);
      const found = end(text);
      if (found !== undefined) return { text: text.slice(0, found), bytes: found };
      if (length >= size) return { text, bytes: size };
      if (length >= LONGEST_HEADER) throw noEnd(path);
    }
  } finally {
    await handle.close();
  }
}

function noEnd(path: string): TesseraError {
  return new TesseraError('bad-file', 'has a header that does not end.', { subject: path, advice: 'Export it again.' });
}
