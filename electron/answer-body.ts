import type { IncomingMessage } from 'node:http';

/** Sockets give 64 KiB at a time; a window takes larger pieces several times faster. */
const PIECE_BYTES = 1024 * 1024;

/** The body of an answer as a web stream. Events pass as they come; a body of known length comes in large pieces. */
export function answerBody(answer: IncomingMessage): ReadableStream<Uint8Array> {
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  const arriving = answer as AsyncIterable<Uint8Array>;
  const pieces = (Number.isNaN(length) ? arriving : inLargePieces(arriving, length))[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await pieces.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        } catch (error) {
          // The host broke off; the page reads an error, not an end.
          controller.error(error);
        }
      },
      // The page has lost interest: so may the host.
      cancel: () => void answer.destroy(),
    },
    { highWaterMark: 1 },
  );
}

async function* inLargePieces(arriving: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  let piece = new Uint8Array(Math.min(PIECE_BYTES, left));
  let filled = 0;
  for await (const chunk of arriving) {
    for (let taken = 0; taken < chunk.length;) {
      const part = chunk.subarray(taken, taken + piece.length - filled);
      piece.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < piece.length) continue;
      yield piece;
      left -= filled;
      piece = new Uint8Array(Math.min(PIECE_BYTES, left));
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
