import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { TesseraError } from '../../base/errors.ts';
import { authorization } from '../secret.ts';
import type { WebServer } from './server.ts';
import { connectionError, statusError, tooSlow } from './web-errors.ts';

export interface WebRequest {
  readonly method: 'GET' | 'POST';
  /** Below the root of the server, such as `/studies`. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly accept: string;
  readonly body?: { readonly type: string; readonly length: number; pieces(): AsyncIterable<Uint8Array> };
  /** Statuses besides 200 to 299 whose answer is wanted. */
  readonly alsoAccept?: readonly number[];
}

export interface WebAnswer {
  readonly status: number;
  /** Lower case, without parameters. */
  readonly type: string;
  /** The whole header `Content-Type`. */
  readonly contentType: string;
  /** The body as it comes, with the stall limit and errors in words. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

const MOST_REDIRECTS = 3;
/** A server that drips is as good as dead: so much must come in a time-out's length. */
const LEAST_BYTES = 1024;

/**
 * One request to a DICOMweb server. Made on Node's `http` and `https`: `fetch` of Node takes neither an own authority nor a client
 * certificate, and goes through a proxy or to another host by itself in later versions. Here neither happens.
 * @throws TesseraError `no-connection`, `not-allowed`, `not-found`, `timeout`, `server-failed`, `too-large`, `cancelled`
 */
export async function webRequest(server: WebServer, request: WebRequest, signal: AbortSignal): Promise<WebAnswer> {
  let url = new URL(server.url);
  url.pathname = `${server.url.pathname.replace(/\/+$/, '')}${request.path}`;
  url.search = request.query?.toString() ?? '';
  for (let hops = 0; ; hops++) {
    const subject = addressOf(url);
    const answer = await send(server, url, request, signal).catch((cause: unknown) => {
      throw connectionError(cause, subject, signal);
    });
    const status = answer.statusCode ?? 0;
    if (status >= 300 && status < 400 && status !== 304) {
      answer.destroy();
      if (hops >= MOST_REDIRECTS) throw redirectError(subject, 'sends the request around in a circle');
      url = redirected(url, answer.headers.location, request.method, subject);
      continue;
    }
    if ((status < 200 || status > 299) && request.alsoAccept?.includes(status) !== true) {
      answer.destroy();
      throw statusError(status, subject, server.credentials !== undefined);
    }
    const encoding = answer.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      answer.destroy();
      throw new TesseraError('server-failed', `packs its answer (${encoding}) though asked not to.`, { subject });
    }
    const contentType = answer.headers['content-type'] ?? '';
    const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
    return { status, type, contentType, pieces: piecesOf(answer, subject, server.timeoutSeconds, signal) };
  }
}

/** An address as it may be shown: queries hold names and numbers of patients. */
export function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function send(server: WebServer, url: URL, request: WebRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, accept, body } = request;
  const milliseconds = server.timeoutSeconds * 1000;
  const options: RequestOptions = {
    method,
    signal,
    agent: false,
    // Of a connection on which nothing moves; it counts while connecting too.
    timeout: milliseconds,
    headers: {
      accept,
      'accept-encoding': 'identity',
      'user-agent': 'tessera',
      ...(server.credentials === undefined ? {} : { authorization: authorization(server.credentials) }),
      ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': body.length }),
    },
  };
  return new Promise((resolve, reject) => {
    const slow = (): void => void sent.destroy(tooSlow(addressOf(url), server.timeoutSeconds));
    let deadline: NodeJS.Timeout | undefined;
    const sent = url.protocol === 'https:' ? httpsRequest(url, { ...options, ...tlsOf(server) }) : httpRequest(url, options);
    sent
      .on('timeout', slow)
      .on('finish', () => (deadline = setTimeout(slow, milliseconds)))
      .on('close', () => clearTimeout(deadline))
      .on('error', reject)
      .on('response', (answer) => {
        clearTimeout(deadline);
        resolve(answer);
      });
    if (body === undefined) {
      sent.end();
      return;
    }
    const source = Readable.from(body.pieces(), { objectMode: false });
    sent.on('close', () => source.destroy());
    source.on('error', (error) => sent.destroy(error)).pipe(sent);
  });
}

function tlsOf({ tls = {} }: WebServer): object {
  const { ca, certificate, key, passphrase } = tls;
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
  };
}

/** Where a redirect leads, if it stays on the server that the user named: another one would get credentials and patients' data. */
function redirected(from: URL, location: string | undefined, method: string, subject: string): URL {
  let to: URL;
  try {
    to = new URL(location ?? '', from);
  } catch {
    throw redirectError(subject, 'redirects to no address');
  }
  if (to.origin !== from.origin) throw redirectError(subject, `redirects to another server, ${to.origin}`);
  if (method !== 'GET') throw redirectError(subject, 'redirects what is sent to it');
  return to;
}

function redirectError(subject: string, what: string): TesseraError {
  return new TesseraError('server-failed', `${what}; that is not followed.`, {
    subject,
    advice: 'If that is right, give the address it leads to as --url.',
  });
}

async function* piecesOf(answer: IncomingMessage, subject: string, seconds: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = (answer as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  let waited = 0;
  let bytes = 0;
  try {
    for (;;) {
      const before = performance.now();
      const next = await iterator.next();
      if (next.done === true) return;
      // Only waiting counts, not what the reader does with the bytes.
      waited += performance.now() - before;
      bytes += next.value.length;
      if (waited > seconds * 1000) {
        if (bytes < LEAST_BYTES) throw tooSlow(subject, seconds);
        waited = bytes = 0;
      }
      yield next.value;
    }
  } catch (cause) {
    throw connectionError(cause, subject, signal);
  } finally {
    answer.destroy();
  }
}
