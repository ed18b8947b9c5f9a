import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/**
 * Sends bytes as they are, as a client that follows no rules does, and reads until the other end closes. An end without any answer is status 0.
 * @param more sent after the head, piece by piece, until the other end has enough
 */
export async function rawRequest(port: number, head: string, more?: Iterable<string>): Promise<RawAnswer> {
  const text = await new Promise<string>((resolve) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head);
      const pieces = more?.[Symbol.iterator]();
      const send = (): void => {
        for (let next = pieces?.next(); next !== undefined && next.done !== true; next = pieces?.next())
          if (!socket.write(next.value)) {
            socket.once('drain', send);
            return;
          }
      };
      send();
    });
    socket.setEncoding('latin1').on('data', (piece: string) => (got += piece));
    // Whoever is refused in the middle of sending may be cut off.
    socket.on('error', () => undefined).on('close', () => resolve(got));
  });
  const end = text.indexOf('\r\n\r\n');
  const [top, body] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 4)];
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(top)?.[1] ?? 0), head: top, body };
}
