import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TesseraError } from '../../base/errors.ts';

const KEY_BYTES = 32;

/** A key that is kept nowhere: nobody can repeat or undo what is replaced with it. */
export const freshKey = (): Uint8Array => randomBytes(KEY_BYTES);

/**
 * The key of a file; the file is made, readable for this user only, where there is none.
 * @throws TesseraError `bad-file` when it holds something else than a key, `write-failed` when it cannot be made
 */
export async function keyFromFile(path: string): Promise<Uint8Array> {
  return (await existingKey(path)) ?? (await newKey(path));
}

async function existingKey(path: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new TesseraError('bad-file', 'cannot be read.', { subject: path, advice: 'Give the file of a key, or a new name.', cause });
  }
  if (/^[0-9a-f]{64}\s*$/.test(text)) return Buffer.from(text.trim(), 'hex');
  throw new TesseraError('bad-file', 'is not a key of Tessera (64 hexadecimal digits).', {
    subject: path,
    advice: 'Give the file that an earlier run made, or a new name.',
  });
}

/** A whole key or none: it is written aside and then linked, so that of two runs at once both take the same one. */
async function newKey(path: string): Promise<Uint8Array> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  const key = freshKey();
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${Buffer.from(key).toString('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    return key;
  } catch (cause) {
    const other = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST' ? await existingKey(path) : undefined;
    if (other !== undefined) return other;
    throw new TesseraError('write-failed', 'could not be made.', { subject: path, advice: 'Choose another place for the key.', cause });
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
