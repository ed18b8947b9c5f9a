import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import { TesseraError } from './errors.ts';

/** Anything that can be written in pieces. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that a reader sees the old content or the new, never a part: a temporary file beside it, fsync, rename, fsync of the folder.
 * @throws TesseraError `write-failed` naming the file (disk full, read-only folder), with nothing half-written left behind.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      for await (const piece of pieces(content)) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new TesseraError('write-failed', `could not be written (${reason(cause)}).`, {
      subject: path,
      advice: 'Free some space or choose another folder; nothing was changed there.',
      cause,
    });
  }
}

function pieces(content: FileContent): Iterable<string | Uint8Array> | AsyncIterable<Uint8Array> {
  return typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; there the rename itself is durable enough.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const words: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOTDIR: 'a part of its path is a file, not a folder',
    EISDIR: 'a folder of that name exists',
  };
  return (code === undefined ? undefined : words[code]) ?? code ?? String(cause);
}
