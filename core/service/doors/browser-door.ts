import type { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Hono as App } from 'hono';
import { TesseraError } from '../../base/errors.ts';
import { errorResponse } from '../app.ts';
import { secured } from '../security-headers.ts';
import { Failures, newSecret, sameSecret } from './token.ts';

/** Wrong tokens in a minute, after which none is looked at for the rest of it. */
const MOST_FAILURES = 10;
const WINDOW = 60_000;
/** Browsers at a time; the oldest is forgotten for a newer one. */
const MOST_SESSIONS = 64;
/** Names of this computer. Another name that leads here is a trick (DNS rebinding). The port may be another: a tunnel's. */
const OWN_NAMES = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

export interface BrowserDoorOptions {
  /** The secret in the printed address. */
  readonly token: string;
  readonly now?: () => number;
}

/**
 * Lets a browser on this computer in, and nobody else: the address that was printed has a token, for which the browser gets a cookie that no
 * script can read and no other site sends. Every request must name this computer as its host, and come from our own page.
 */
export function browserDoor(app: Hono, { token, now }: BrowserDoorOptions): Hono {
  const failures = new Failures(MOST_FAILURES, WINDOW, now);
  const sessions: string[] = [];
  // Cookies do not know ports: two hosts on one computer must not take each other's.
  const cookie = `tessera-${newSecret().slice(0, 8)}`;
  const isKnown = (given: string | undefined): boolean => {
    // Looks at all, so that the time says nothing of which.
    let known = false;
    for (const session of sessions) if (given !== undefined && sameSecret(given, session)) known = true;
    return known;
  };

  const door = new App();
  door.onError((error) => errorResponse(error));
  door.use(async (c, next) => {
    await next();
    c.res = secured(c.res);
  });
  door.use((c, next) => {
    checkHost(c.req.header('Host'), new URL(c.req.url).host);
    checkOrigin(c.req.raw);
    return next();
  });
  door.get('/', (c, next) => {
    const given = c.req.query('token');
    if (given === undefined) return next();
    if (failures.tooMany) return refusal(429, 'Too many wrong tokens. Wait a minute, then open the printed address again.');
    if (!sameSecret(given, token)) {
      failures.add();
      return refusal(403, 'The token is wrong. Open the address that tessera serve has printed.');
    }
    const session = newSecret();
    sessions.push(session);
    if (sessions.length > MOST_SESSIONS) sessions.shift();
    setCookie(c, cookie, session, { httpOnly: true, sameSite: 'Strict', path: '/' });
    // The address with the token is left at once. A link from elsewhere is left by the page itself: after a redirection that another site
    // began, the browser would keep the cookie back.
    const fromElsewhere = !['none', 'same-origin', undefined].includes(c.req.header('Sec-Fetch-Site'));
    return fromElsewhere
      ? c.html('<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>Tessera</title>')
      : c.redirect('/', 303);
  });
  door.use(async (c, next) => {
    if (isKnown(getCookie(c, cookie))) return next();
    if (c.req.path.startsWith('/api/'))
      throw new TesseraError('not-allowed', 'This browser was not let in.', { advice: 'Open the address that tessera serve has printed.' });
    return refusal(403, 'Open the address that tessera serve has printed: it has a token.');
  });
  door.all('*', (c) => app.fetch(c.req.raw, c.env));
  return door;
}

function checkHost(...names: readonly (string | undefined)[]): void {
  if (names.every((name) => name !== undefined && OWN_NAMES.test(name))) return;
  throw new TesseraError('not-allowed', 'This name does not belong to this computer.', { subject: 'Host', advice: 'Use 127.0.0.1.' });
}

/** Requests of other sites, which a browser sends along with our cookie where they lie on this computer too, say where they come from. */
function checkOrigin(request: Request): void {
  const origin = request.headers.get('Origin');
  const site = request.headers.get('Sec-Fetch-Site');
  const host = request.headers.get('Host') ?? '';
  const own = origin === null || origin === `http://${host}`;
  // To walk here from elsewhere is allowed, by an address alone: it shows our page, not theirs.
  const walk = request.method === 'GET' && request.headers.get('Sec-Fetch-Mode') === 'navigate' && new URL(request.url).pathname === '/';
  if (own && (site === null || site === 'same-origin' || site === 'none' || walk)) return;
  throw new TesseraError('not-allowed', 'Another site asked for this.', { subject: 'Origin' });
}

function refusal(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}
