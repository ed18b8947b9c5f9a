import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { DEFAULT_MAX_BYTES, USUAL_COMPRESSION } from '../scan-file.ts';

const MOST_FILES = 100_000;
const SLACK = 64 * 1024 ** 2;

/**
 * Unpacks a zip archive into a folder. Files keep their names and folders, made safe; sizes and checksums are tested by yauzl.
 * @throws TesseraError `not-found`; `bad-file` for a damaged archive; `too-large` when it holds too many or too large files; `cancelled`
 */
export async function unpackZip(archive: string, folder: string, signal?: AbortSignal): Promise<void> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(archive, { autoClose: false });
    const entries: Entry[] = [];
    let bytes = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      entries.push(entry);
      bytes += entry.uncompressedSize;
      const most = Math.min(DEFAULT_MAX_BYTES, USUAL_COMPRESSION * zip.fileSize + SLACK);
      if (entries.length > MOST_FILES || bytes > most) throw tooLarge(archive);
    }
    for (const [i, entry] of entries.entries()) {
      if (signal?.aborted === true) throw cancelled();
      const path = join(folder, safePath(entry.fileName, i));
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
    }
  } catch (cause) {
    throw cause instanceof TesseraError ? cause : damaged(archive, cause);
  } finally {
    zip?.close();
  }
}

/** The folders of an entry become one, for they only keep apart what has the same name; the name of the file keeps its ending. */
function safePath(name: string, index: number): string {
  const clean = (text: string): string => text.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '_');
  const folder = clean(dirname(name)).slice(-80);
  return join(folder === '' ? '_' : folder, clean(basename(name)).slice(-80) || String(index));
}

function tooLarge(archive: string): TesseraError {
  return new TesseraError('too-large', 'holds more, or larger, files than an archive of a scan.', {
    subject: archive,
    advice: 'Unpack it yourself, and give the folder.',
  });
}

function damaged(archive: string, cause: unknown): TesseraError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
    return new TesseraError('not-found', 'does not exist.', { subject: archive, advice: 'Check the path.', cause });
  return new TesseraError('bad-file', 'is a damaged zip archive, or an encrypted one.', {
    subject: archive,
    advice: 'Copy or export it again.',
    cause,
  });
}
