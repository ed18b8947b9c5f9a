/** What a multipart message (RFC 2046) may be. */
export interface MultipartLimits {
  /** Bytes of the headers of one part. */
  readonly headerBytes: number;
  readonly parts: number;
}

export interface Part {
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** To be read to its end before the next part is asked for, or not at all. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The message is not as it should be, or goes on without end. */
export class MultipartError extends Error {}

/** The boundary that a header `Content-Type` names; undefined when it is no multipart type. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^\s*multipart\//i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^;\s"]{1,200}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/**
 * Takes a multipart message apart as it comes; no more than a piece and a boundary is held in memory.
 * @throws MultipartError when it ends before its closing boundary, or passes a limit
 */
export async function* partsOf(stream: AsyncIterable<Uint8Array>, boundary: string, limits: MultipartLimits): AsyncGenerator<Part> {
  const reader = new DelimitedReader(stream, Buffer.from(`\r\n--${boundary}`));
  try {
    await passOver(reader.untilDelimiter(limits.headerBytes));
    for (let parts = 0; !(await reader.closes()); parts++) {
      if (parts >= limits.parts) throw new MultipartError(`has more than ${limits.parts} parts`);
      const headers = await reader.headers(limits.headerBytes);
      const body = reader.untilDelimiter();
      yield { headers, body };
      await passOver(body);
    }
  } finally {
    await reader.end();
  }
}

async function passOver(bytes: AsyncGenerator<Uint8Array>): Promise<void> {
  while ((await bytes.next()).done !== true);
}

/** A stream that is cut at a delimiter. */
class DelimitedReader {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private readonly delimiter: Buffer;
  /** A message may begin with its first boundary, which then has no line end before it. */
  private held: Buffer = Buffer.from('\r\n');

  constructor(stream: AsyncIterable<Uint8Array>, delimiter: Buffer) {
    this.iterator = stream[Symbol.asyncIterator]();
    this.delimiter = delimiter;
  }

  /** Bytes up to the next delimiter, which is taken away. Asked again afterwards, it has no more. */
  async *untilDelimiter(most = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for (;;) {
      const at = this.held.indexOf(this.delimiter);
      const end = at === -1 ? Math.max(0, this.held.length - this.delimiter.length + 1) : at;
      const piece = this.held.subarray(0, end);
      bytes += piece.length;
      if (bytes > most) throw new MultipartError('does not begin with a boundary');
      this.held = this.held.subarray(at === -1 ? end : end + this.delimiter.length);
      if (piece.length > 0) yield piece;
      if (at !== -1) return;
      await this.more();
    }
  }

  /** Right after a delimiter: whether it is the closing one. */
  async closes(): Promise<boolean> {
    while (this.held.length < 2) await this.more();
    return this.held.toString('latin1', 0, 2) === '--';
  }

  /** The headers of a part, with the rest of the boundary's line before them. */
  async headers(most: number): Promise<ReadonlyMap<string, string>> {
    let end;
    while ((end = this.held.indexOf('\r\n\r\n')) === -1) {
      if (this.held.length > most) throw new MultipartError('has a part with endless headers');
      await this.more();
    }
    const [padding = '', ...lines] = this.held.toString('latin1', 0, end).split('\r\n');
    if (padding.trim() !== '') throw new MultipartError('has a damaged boundary');
    this.held = this.held.subarray(end + 4);
    return new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
  }

  async end(): Promise<void> {
    await this.iterator.return?.();
  }

  private async more(): Promise<void> {
    const next = await this.iterator.next();
    if (next.done === true) throw new MultipartError('ends before its last boundary');
    const { value } = next;
    this.held = this.held.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat([this.held, value]);
  }
}
