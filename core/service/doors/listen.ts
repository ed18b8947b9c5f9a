import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { chmod } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { TesseraError } from '../../base/errors.ts';

/** An open door. */
export interface Listening {
  /** Of 127.0.0.1; 0 on a socket. */
  readonly port: number;
  /** Takes no more requests, and ends those that are under way. */
  close(): Promise<void>;
}

/** A TCP port on 127.0.0.1, 0 for any; or a unix socket, on Windows a named pipe, that this user alone can open. */
export type Place = { readonly port: number } | { readonly socket: string };

/** Lets requests in. @throws TesseraError `bad-setting` when the place is taken or not allowed */
export async function listen(door: Hono, place: Place): Promise<Listening> {
  const server = createServer({ headersTimeout: 20_000, requestTimeout: 0 }, (incoming, outgoing) => void answer(incoming, outgoing));
  // Uploads take as long as they take; a connection without life is still ended.
  server.timeout = 300_000;
  const answer = getRequestListener(door.fetch, { overrideGlobalObjects: false });
  await bind(server, place);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Event streams have no end of their own.
        server.closeAllConnections();
      }),
  };
}

async function bind(server: Server, place: Place): Promise<void> {
  // The socket is made with the rights of this mask: nobody else can open it, not even for a moment.
  const mask = 'socket' in place ? process.umask(0o177) : undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).once('listening', resolve);
      if ('socket' in place) server.listen(place.socket);
      else server.listen(place.port, '127.0.0.1');
    });
    if ('socket' in place && process.platform !== 'win32') await chmod(place.socket, 0o600);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const subject = 'socket' in place ? place.socket : `port ${place.port}`;
    const what = code === 'EADDRINUSE' ? 'is in use already.' : `cannot be listened on (${code}).`;
    throw new TesseraError('bad-setting', what, { subject, advice: 'Choose another, or close what uses it.', cause });
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
}
