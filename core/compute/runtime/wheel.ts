import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer, text } from 'node:stream/consumers';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';

export interface UnpackedFile {
  /** Path below the folder that was unpacked into, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the content in hexadecimal, equal to the one in the wheel's RECORD. */
  readonly sha256: string;
}

export interface UnpackOptions {
  /** Where a file of the wheel goes below the folder, or `undefined` to leave it out. */
  readonly place: (nameInWheel: string) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const smallFile = 1 << 20;
/** Files unpacked at once: enough to keep both disk and decompression busy. */
const atOnce = 8;

/** Distribution name and version, as a wheel's file name states them (PEP 427). */
export function wheelName(path: string): { readonly distribution: string; readonly version: string } {
  const [distribution, version] = basename(path).split('-');
  if (distribution === undefined || version === undefined || !path.endsWith('.whl'))
    throw badWheel(path, 'this is not the name of a wheel');
  return { distribution, version };
}

/**
 * Unpacks part of a Python wheel, streaming, and checks every file against the SHA-256 in the wheel's RECORD.
 * @throws TesseraError `bad-file` when the wheel is damaged or a file differs from its RECORD, `write-failed` when the disk is full,
 *   `cancelled`. What was unpacked until then stays: unpack into a temporary folder.
 */
export async function unpackWheel(wheel: string, folder: string, options: UnpackOptions): Promise<UnpackedFile[]> {
  return withWheel(wheel, async (zip, entries) => {
    const expected = parseRecord(await readText(zip, metadataEntry(wheel, entries, 'RECORD')));
    const files: UnpackedFile[] = [];
    const queue = entries.filter((entry) => !entry.fileName.endsWith('/')).values();
    const worker = async (): Promise<void> => {
      for (const entry of queue) {
        const path = options.place(entry.fileName);
        if (path === undefined) continue;
        if (options.signal?.aborted === true) throw cancelled();
        const sha256 = await unpackEntry(zip, entry, join(folder, path));
        if (expected.get(entry.fileName) !== Buffer.from(sha256, 'hex').toString('base64url')) {
          throw badWheel(wheel, `its file ${entry.fileName} does not match the hash in its RECORD`);
        }
        files.push({ path, bytes: entry.uncompressedSize, sha256 });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return files;
  });
}

/** The wheel's METADATA (core metadata: `Key: value` lines). */
export async function readWheelMetadata(wheel: string): Promise<string> {
  return withWheel(wheel, (zip, entries) => readText(zip, metadataEntry(wheel, entries, 'METADATA')));
}

async function withWheel<T>(wheel: string, use: (zip: ZipFile, entries: readonly Entry[]) => Promise<T>): Promise<T> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(wheel, { autoClose: false });
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    return await use(zip, entries);
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw unpackError(wheel, cause);
  } finally {
    zip?.close();
  }
}

function metadataEntry(wheel: string, entries: readonly Entry[], name: string): Entry {
  const entry = entries.find(
    (candidate) => candidate.fileName.split('/').length === 2 && candidate.fileName.endsWith(`.dist-info/${name}`),
  );
  if (entry === undefined) throw badWheel(wheel, `it has no ${name}`);
  return entry;
}

async function readText(zip: ZipFile, entry: Entry): Promise<string> {
  return text(await zip.openReadStreamPromise(entry));
}

/** Writes one file and returns its SHA-256. Thousands of headers are small: those skip the cost of a pipeline each. */
async function unpackEntry(zip: ZipFile, entry: Entry, target: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true });
  const content = await zip.openReadStreamPromise(entry);
  const hash = createHash('sha256');
  if (entry.uncompressedSize < smallFile) {
    const bytes = await buffer(content);
    await writeFile(target, bytes);
    return hash.update(bytes).digest('hex');
  }
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(content, hashing, createWriteStream(target, { mode: 0o644 }));
  return hash.digest('hex');
}

/** RECORD is CSV: path, `sha256=` and unpadded base64url, size. Paths with commas are quoted; none of those is unpacked here. */
function parseRecord(record: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of record.split(/\r?\n/)) {
    const match = /^"?([^"]+?)"?,sha256=([\w-]+),\d*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) hashes.set(match[1], match[2]);
  }
  return hashes;
}

function badWheel(wheel: string, what: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `${what}; nothing of it is used.`, {
    subject: basename(wheel),
    advice: 'Install again; if it happens again, empty the cache of pip (python3 -m pip cache purge).',
    cause,
  });
}

function unpackError(wheel: string, cause: unknown): TesseraError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS') {
    return new TesseraError('write-failed', `could not be unpacked (${code}).`, {
      subject: basename(wheel),
      advice: 'TensorFlow needs about 1.2 GB in the cache folder (XDG_CACHE_HOME moves it).',
      cause,
    });
  }
  return badWheel(wheel, `the wheel is damaged (${cause instanceof Error ? cause.message : String(cause)})`, cause);
}
