/** One message between the program and a decode process: a small JSON head and bytes. */
export interface DecodeMessage {
  readonly head: unknown;
  readonly body: Uint8Array;
}

/**
 * Layout: length of the head, length of the body (unsigned 32-bit, little endian), head, body.
 * @returns pieces to be written one after the other; those of the body are not copied
 */
export function message(head: object, ...body: readonly Uint8Array[]): readonly Uint8Array[] {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(json.length, 0);
  lengths.writeUInt32LE(
    body.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  return [lengths, json, ...body];
}

/** The messages of a stream, as they are complete. */
export async function* messagesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<DecodeMessage> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let wanted = 8;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    // Pieces are joined only when a message is whole: joining each would copy a large one again and again.
    while (length >= wanted) {
      const joined = Buffer.concat(pieces, length);
      pieces = [joined];
      const headEnd = 8 + joined.readUInt32LE(0);
      wanted = headEnd + joined.readUInt32LE(4);
      if (length < wanted) break;
      yield { head: JSON.parse(joined.toString('utf8', 8, headEnd)) as unknown, body: joined.subarray(headEnd, wanted) };
      const rest = joined.subarray(wanted);
      pieces = [rest];
      length = rest.length;
      wanted = 8;
    }
  }
}
