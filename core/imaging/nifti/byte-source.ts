import { open, stat, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createUnzip } from 'node:zlib';
import { TesseraError, isTesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { note, type Finding } from '../finding.ts';

/** The content of a file, uncompressed, from its start to its end. */
export interface ByteSource {
  readonly compressed: boolean;
  /** Bytes of the file on disk. */
  readonly size: number;
  /** False when the file is certainly too small for that many bytes. */
  mayHold(count: number): boolean;
  /** The next `count` bytes, or as many as are left if that is fewer. Memory grows with what is there, not with what is asked. */
  upTo(count: number): Promise<ArrayBuffer>;
  /** The next `count` bytes. @throws TesseraError `bad-file` when the file has fewer, before memory is taken where that can be known. */
  exactly(count: number): Promise<ArrayBuffer>;
  /** @throws TesseraError `bad-file` when the file ends before. */
  skip(count: number): Promise<void>;
  /** Reads to the end, so that the checksum of a gzip file is tested. @throws TesseraError `bad-file` for a wrong one. */
  finish(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

/** Deflate cannot shrink more than this (zlib.net, "maximum compression factor"); a header that claims more is false. */
const LARGEST_DEFLATE_RATIO = 1032;
const FIRST_BYTES = 16 * 1024 ** 2;
/** A gzip file may hold this much after the last voxel before it counts as a bomb. */
const LARGEST_REST = 16 * 1024 ** 2;
const PIECE = 1024 ** 2;

/** Where the content begins in a file, and whether it is compressed there (gzip or zlib). */
export interface ContentStart {
  readonly at: number;
  readonly compressed: boolean;
}

/**
 * Opens a file, plain or gzip by its first bytes (names are often wrong), or from the place and in the way that a header tells.
 * @throws TesseraError `not-found`, or `bad-file` when it is a folder, a device, empty or may not be read.
 */
export async function openByteSource(path: string, signal?: AbortSignal, start?: ContentStart): Promise<ByteSource> {
  try {
    // stat comes before open: opening a named pipe would wait for a writer for ever.
    const status = await stat(path);
    if (status.isDirectory()) throw badFile(path, 'is a folder, not a file.', 'Choose a file in it.');
    if (!status.isFile()) throw badFile(path, 'is not a regular file.', 'Choose a file.');
    if (status.size === 0) throw badFile(path, 'is empty (0 bytes).', 'Copy or export it again.');
    const handle = await open(path, 'r');
    try {
      const first = await handle.read(new Uint8Array(2), 0, 2, 0);
      const compressed = start?.compressed ?? (first.buffer[0] === 0x1f && first.buffer[1] === 0x8b);
      const file = { path, handle, size: status.size, signal, start: start?.at ?? 0 };
      return compressed ? gzipSource(file) : plainSource(file);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  } catch (cause) {
    if (isTesseraError(cause)) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause });
    }
    throw badFile(path, `cannot be opened (${String(code ?? cause)}).`, 'Check who may read it.', cause);
  }
}

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly start: number;
}

function plainSource({ path, handle, size, signal, start }: OpenFile): ByteSource {
  let position = start;
  const upTo = async (count: number): Promise<ArrayBuffer> => {
    const length = Math.max(0, Math.min(count, size - position));
    const bytes = allocate(length, path);
    for (let done = 0; done < length;) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 64 * PIECE), position);
      if (bytesRead === 0) throw truncated(path, count, done);
      done += bytesRead;
      position += bytesRead;
    }
    return bytes.buffer;
  };
  return {
    compressed: false,
    size,
    mayHold: (count) => count <= size - position,
    upTo,
    exactly: async (count) => {
      if (count > size - position) throw truncated(path, count, size - position);
      return upTo(count);
    },
    skip: (count) => {
      if (count > size - position) return Promise.reject(truncated(path, count, size - position));
      position += count;
      return Promise.resolve();
    },
    finish: () => Promise.resolve([]),
    close: () => handle.close(),
  };
}

function gzipSource({ path, handle, size, signal, start }: OpenFile): ByteSource {
  const gunzip = createUnzip({ chunkSize: PIECE });
  // An error of either stream is met by whoever reads the pieces below.
  pipeline(handle.createReadStream({ autoClose: false, start, highWaterMark: PIECE }), gunzip, () => undefined);
  const pieces: AsyncIterator<Buffer> = gunzip[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const mayHold = (count: number): boolean => count <= size * LARGEST_DEFLATE_RATIO + PIECE;

  /** At most `count` of the next bytes; none at the end. */
  const next = async (count: number): Promise<Uint8Array> => {
    if (rest.length === 0) {
      throwIfAborted(signal);
      try {
        const piece = await pieces.next();
        rest = piece.done === true ? rest : piece.value;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw badFile(path, `is a damaged gzip file (${reason}).`, 'Copy or export it again.', cause);
      }
    }
    const taken = rest.subarray(0, count);
    rest = rest.subarray(taken.length);
    return taken;
  };

  const upTo = async (count: number): Promise<ArrayBuffer> => {
    let bytes = allocate(Math.min(count, Math.max(FIRST_BYTES, 8 * size)), path);
    let done = 0;
    while (done < count) {
      const piece = await next(count - done);
      if (piece.length === 0) break;
      if (done + piece.length > bytes.length) {
        const grown = allocate(Math.min(count, 2 * bytes.length), path);
        grown.set(bytes.subarray(0, done));
        bytes = grown;
      }
      bytes.set(piece, done);
      done += piece.length;
    }
    return done === bytes.length ? bytes.buffer : bytes.buffer.slice(0, done);
  };

  return {
    compressed: true,
    size,
    mayHold,
    upTo,
    exactly: async (count) => {
      if (!mayHold(count)) throw truncated(path, count, undefined);
      const bytes = await upTo(count);
      if (bytes.byteLength < count) throw truncated(path, count, bytes.byteLength);
      return bytes;
    },
    skip: async (count) => {
      for (let left = count; left > 0;) {
        const piece = await next(left);
        if (piece.length === 0) throw truncated(path, count, count - left);
        left -= piece.length;
      }
    },
    finish: async () => {
      let extra = 0;
      for (let piece = await next(PIECE); piece.length > 0; piece = await next(PIECE)) {
        extra += piece.length;
        if (extra > LARGEST_REST) {
          throw badFile(
            path,
            'holds far more data than its header says.',
            'Export it again; the header and the voxels do not belong together.',
          );
        }
      }
      return extra === 0 ? [] : [note('bytes-after-voxels', `${extra} bytes after the last voxel were ignored.`)];
    },
    close: async () => {
      gunzip.destroy();
      await handle.close();
    },
  };
}

function allocate(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new TesseraError('out-of-memory', `needs ${gigabytes(length)} of memory, which is not there.`, {
      subject: path,
      advice: 'Close other programs, or crop or downsample the scan.',
      cause,
    });
  }
}

export const gigabytes = (bytes: number): string =>
  bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e5 ? `${(bytes / 1e6).toFixed(1)} MB` : `${bytes} bytes`;

function truncated(path: string, wanted: number, found: number | undefined): TesseraError {
  const there = found === undefined ? 'the file cannot hold that many' : `only ${gigabytes(found)} are there`;
  return badFile(path, `is cut short, or its header is false: ${gigabytes(wanted)} are needed, ${there}.`, 'Copy or export it again.');
}

function badFile(path: string, message: string, advice: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', message, { subject: path, advice, cause });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw isTesseraError(signal.reason) ? signal.reason : cancelled();
}
