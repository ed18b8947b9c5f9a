import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { TesseraError } from '../../base/errors.ts';
import { byteRange, type ByteRange } from './byte-range.ts';

/** Bytes of one piece of a stream: 64 KiB were measured six times slower (docs/architecture.md). */
const PIECE = 2 * 1024 ** 2;

/** Bytes that can be asked for in parts. */
export interface RangedContent {
  readonly size: number;
  /** Changes whenever the bytes do. */
  readonly etag: string;
  readonly type: string;
  stream(range: ByteRange): ReadableStream<Uint8Array>;
}

/** Answers a request for bytes, or a range of them (RFC 9110, 13 and 14). */
export function rangedAnswer(request: Request, content: RangedContent): Response {
  const { size, type } = content;
  const etag = `"${content.etag}"`;
  const headers = new Headers({ 'Content-Type': type, ETag: etag, 'Accept-Ranges': 'bytes' });
  if (matches(request.headers.get('If-None-Match'), etag)) return new Response(null, { status: 304, headers });
  const condition = request.headers.get('If-Range');
  // A part of other bytes than the client has is no use to it: it gets all of them.
  const range = condition !== null && condition !== etag ? 'all' : byteRange(request.headers.get('Range'), size);
  if (range === 'refused') {
    headers.set('Content-Range', `bytes */${size}`);
    headers.delete('Content-Type');
    return new Response(null, { status: 416, headers });
  }
  const wanted = range === 'all' ? { start: 0, end: size } : range;
  headers.set('Content-Length', String(wanted.end - wanted.start));
  if (range !== 'all') headers.set('Content-Range', `bytes ${range.start}-${range.end - 1}/${size}`);
  const body = request.method === 'HEAD' || wanted.end === wanted.start ? null : content.stream(wanted);
  return new Response(body, { status: range === 'all' ? 200 : 206, headers });
}

function matches(header: string | null, etag: string): boolean {
  return header !== null && header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
}

/** A file as content. @throws TesseraError `not-found` */
export async function fileContent(path: string, etag: string, type = 'application/octet-stream'): Promise<RangedContent> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new TesseraError('not-found', 'is not there.', {
      subject: path,
      advice: 'Ask for it again; it may have to be computed anew.',
      cause,
    });
  });
  return { size, etag, type, stream: (range) => fileStream(path, range) };
}

/** Bytes in memory as content; they must not change. */
export function memoryContent(bytes: Uint8Array, etag: string, type = 'application/octet-stream'): RangedContent {
  const stream = ({ start, end }: ByteRange): ReadableStream<Uint8Array> => {
    let at = start;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const next = Math.min(end, at + PIECE);
        controller.enqueue(bytes.slice(at, next));
        at = next;
        if (at === end) controller.close();
      },
    });
  };
  return { size: bytes.length, etag, type, stream };
}

/** The file is opened when the first piece is wanted, and closed after the last or when nobody wants more. */
function fileStream(path: string, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  let file: FileHandle | undefined;
  let at = start;
  const close = async (): Promise<void> => {
    const opened = file;
    file = undefined;
    await opened?.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          file ??= await open(path, constants.O_RDONLY);
          const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, end - at));
          const { bytesRead } = await file.read(piece, 0, piece.length, at);
          if (bytesRead === 0) throw new Error('the file became shorter while it was read');
          at += bytesRead;
          controller.enqueue(new Uint8Array(piece.buffer, 0, bytesRead));
          if (at < end) return;
          await close();
          controller.close();
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    // Nothing is opened for an answer that nobody reads.
    { highWaterMark: 0 },
  );
}
