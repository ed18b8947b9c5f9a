import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { isTesseraError } from '../core/base/errors.ts';
import type { ErrorAnswer } from '../core/service/api/errors.ts';
import { APP_ORIGIN, isAppUrl } from './app-origin.ts';
import { answerBody } from './answer-body.ts';
import { requestHost } from './host-request.ts';
import type { HostDoor } from './host-run.ts';

/** A page that the host gave no policy of its own may do nothing at all. */
const NO_POLICY = "default-src 'none'; frame-ancestors 'none'";
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
/** What the page may tell the host; everything else, cookies and the control secret among it, is left out. */
const REQUEST_HEADERS = ['accept', 'content-type', 'content-length', 'range', 'if-range', 'if-none-match', 'last-event-id'];
/** What the host may tell the page. */
const ANSWER_HEADERS = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-length',
  'content-range',
  'content-security-policy',
  'content-type',
  'cross-origin-embedder-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'etag',
  'last-modified',
  'permissions-policy',
  'referrer-policy',
  'retry-after',
  'vary',
  'x-frame-options',
];

export interface ReadyHost {
  /** @throws TesseraError when there will be no host */
  ready(): Promise<HostDoor>;
}

/**
 * Answers `tessera://app/…` from the host's socket, body by body as it comes: ranges, uploads and server-sent events pass through.
 * Requests wait while the host starts.
 */
export function createProxy(host: ReadyHost): (request: Request) => Promise<Response> {
  return async (request) => {
    const path = allowedPath(request);
    if (path === undefined) return failure(request, 403, 'not-allowed', 'The window asks only its own host, and only what the page may.');
    try {
      const door = await host.ready();
      const { method, body, signal } = request;
      const answer = await requestHost(door, { method, path, headers: requestHeaders(request), body, signal });
      return toResponse(answer);
    } catch (error) {
      if (isTesseraError(error)) return failure(request, 503, error.code, error.message, error.advice);
      return failure(
        request,
        503,
        'no-connection',
        'The program behind the window does not answer.',
        'It is started again; try once more.',
      );
    }
  };
}

/** @returns path and query to ask the host for; undefined where the page may not */
function allowedPath(request: Request): string | undefined {
  const { url, method, headers } = request;
  if (!isAppUrl(url) || !METHODS.includes(method)) return undefined;
  const origin = headers.get('origin');
  if (origin !== null && origin !== APP_ORIGIN) return undefined;
  if (!['same-origin', 'none', null].includes(headers.get('sec-fetch-site'))) return undefined;
  const { pathname, search } = new URL(url);
  return isPageRoute(pathname) ? `${pathname}${search}` : undefined;
}

/** The control routes are the shell's own, in whatever way they are spelled. */
function isPageRoute(pathname: string): boolean {
  let plain: string;
  try {
    plain = decodeURIComponent(pathname).toLowerCase();
  } catch {
    // Not decodable, so nothing that the host has.
    return false;
  }
  const segments = plain.split(/[/\\]+/).filter((segment) => segment !== '');
  return segments[0] !== 'control' && !segments.includes('..') && !/\p{Cc}/u.test(plain);
}

function requestHeaders({ headers, method }: Request): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = {};
  for (const name of REQUEST_HEADERS) {
    const value = headers.get(name);
    if (value !== null) passed[name] = value;
  }
  // The host refuses changes that come from elsewhere; this one was checked above.
  return method === 'GET' || method === 'HEAD' ? passed : { ...passed, origin: APP_ORIGIN };
}

function toResponse(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 502;
  const headers = new Headers({ 'x-content-type-options': 'nosniff', 'content-security-policy': NO_POLICY });
  for (const name of ANSWER_HEADERS) {
    const value = answer.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  // These may have no body, not even an empty one.
  if ([204, 205, 304].includes(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(answerBody(answer), { status, headers });
}

/** For the page an error of the API; for the window, when there is no page, words that can be read. */
function failure({ headers }: Request, status: number, code: string, message: string, advice?: string): Response {
  const isDocument = headers.get('accept')?.includes('text/html') === true;
  const answer: ErrorAnswer = { error: { code, message, ...(advice === undefined ? {} : { advice }) } };
  const text = `Tessera\n\n${message} ${advice ?? ''}`;
  return new Response(isDocument ? text : JSON.stringify(answer), {
    status,
    headers: {
      'content-type': isDocument ? 'text/plain; charset=utf-8' : 'application/json',
      'content-security-policy': NO_POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
}
