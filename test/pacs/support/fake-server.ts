import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface FakeServer {
  readonly origin: string;
  /** What it was asked: method and address. */
  readonly asked: string[];
  /** Headers `Authorization` that it was given. */
  readonly credentials: (string | undefined)[];
  close(): Promise<void>;
}

/** A server on loopback that answers as a test wants. */
export async function fakeServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  tls?: ServerOptions,
): Promise<FakeServer> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    credentials.push(request.headers.authorization);
    answer(request, response);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { origin: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`, asked, credentials, close };
}
