import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { TesseraError } from '../base/errors.ts';

/**
 * A JSON file that may be absent, but never wrong: its content and the SHA-256 of its bytes.
 * @param form how it is written, for the advice
 * @throws TesseraError `bad-file` for one that is there and cannot be read or understood
 */
export async function readOptionalJson<T>(
  path: string,
  schema: z.ZodType<T>,
  form: string,
): Promise<{ readonly value: T; readonly sha256: string } | undefined> {
  try {
    const bytes = await readFile(path);
    const value = schema.parse(JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, '')));
    return { value, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new TesseraError('bad-file', 'cannot be read, is damaged or of another form.', {
      subject: path,
      advice: `Write ${form}, or give the file another name if it means something else.`,
      cause,
    });
  }
}
