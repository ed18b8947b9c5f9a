import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../core/base/errors.ts';
import { createProxy } from '../../electron/proxy.ts';
import { socketHost } from './support/socket-host.ts';

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

function ask(address: string, init: RequestInit & { duplex?: 'half' } = {}): Request {
  return new Request(address, init);
}

describe('the proxy for tessera://app', () => {
  it('passes method, path, query and the headers that matter, and answers with status, policy and body', async () => {
    let seen: { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders } | undefined;
    const host = await socketHost(({ method, url, headers }, response) => {
      seen = { method, url, headers };
      response.writeHead(200, {
        'content-type': 'text/html',
        'content-security-policy': POLICY,
        'cross-origin-opener-policy': 'same-origin',
        'set-cookie': 'session=1',
        server: 'anything',
      });
      response.end('<p>');
    });
    const headers = { accept: 'text/html', 'if-none-match': '"1"', cookie: 'a=b', authorization: 'Bearer x', 'x-tessera-control': 'guess' };
    const answer = await createProxy(host)(ask('tessera://app/scans?after=2', { headers }));
    expect(seen).toMatchObject({ method: 'GET', url: '/scans?after=2', headers: { accept: 'text/html', 'if-none-match': '"1"' } });
    expect(Object.keys(seen?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:cookie|authorization|x-tessera-control)$/)]),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toBe(POLICY);
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('server')).toBeNull();
    expect(await answer.text()).toBe('<p>');
  });

  it('lets an answer without a policy do nothing', async () => {
    const host = await socketHost((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script src=x>'));
    const answer = await createProxy(host)(ask('tessera://app/'));
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('passes a range of voxels, whole, in pieces larger than a socket gives', async () => {
    const voxels = Uint8Array.from({ length: 3_500_000 }, (_, index) => index % 251);
    const host = await socketHost((request, response) => {
      expect(request.headers.range).toBe('bytes=0-3499999');
      response.writeHead(206, { 'content-length': voxels.length, 'content-range': `bytes 0-3499999/9000000`, etag: '"v"' }).end(voxels);
    });
    const answer = await createProxy(host)(ask('tessera://app/api/scans/1/voxels/0', { headers: { range: 'bytes=0-3499999' } }));
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe('bytes 0-3499999/9000000');
    const sizes: number[] = [];
    const pieces: Uint8Array[] = [];
    for await (const piece of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      sizes.push(piece.length);
      pieces.push(piece);
    }
    expect(sizes).toEqual([1_048_576, 1_048_576, 1_048_576, 354_272]);
    expect(Buffer.concat(pieces).equals(voxels)).toBe(true);
  });

  it('hands on each event at once, and tells the host when the page listens no more', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const host = await socketHost((request, response) => {
      expect(request.headers['last-event-id']).toBe('7');
      closed = once(response, 'close');
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 8\n\n');
    });
    const answer = await createProxy(host)(ask('tessera://app/api/events', { headers: { 'last-event-id': '7' } }));
    const reader = answer.body?.getReader();
    // The answer has not ended: an event that waited for more would hang here.
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe('id: 8\n\n');
    await reader?.cancel();
    await closed;
  });

  it('streams an upload', async () => {
    const bytes = Buffer.alloc(300_000, 5);
    const host = await socketHost((request, response) => {
      void buffer(request).then((body) => response.writeHead(200).end(String(body.equals(bytes))));
    });
    const body = new Blob([bytes]).stream();
    const answer = await createProxy(host)(ask('tessera://app/api/uploads/1/files', { method: 'PUT', body, duplex: 'half' }));
    expect(await answer.text()).toBe('true');
  });

  it('gives answers that may have no body none', async () => {
    const host = await socketHost((_request, response) => response.writeHead(304, { etag: '"v"' }).end());
    const answer = await createProxy(host)(ask('tessera://app/api/scans/1/thumbnail'));
    expect([answer.status, answer.body, answer.headers.get('etag')]).toEqual([304, null, '"v"']);
  });

  it('breaks off with the host: the page reads an error, not a short volume', async () => {
    const host = await socketHost((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('x');
      setImmediate(() => response.destroy());
    });
    const answer = await createProxy(host)(ask('tessera://app/api/scans/1/voxels/0'));
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });

  it('ends the request to the host when the page gives it up', async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> = Promise.resolve();
    const host = await socketHost((_request, response) => {
      closed = once(response, 'close');
      controller.abort();
    });
    const answer = await createProxy(host)(ask('tessera://app/api/inspect', { method: 'POST', body: '{}', signal: controller.signal }));
    expect(answer.status).toBe(503);
    await closed;
  });

  it.each([
    ['whose length is known', { 'content-length': 9_000_000 }],
    ['that comes as it is computed', {}],
  ])('ends an answer %s when the page reads no more of it', async (_which, headers) => {
    let closed: Promise<unknown> = Promise.resolve();
    const host = await socketHost((_request, response) => {
      closed = once(response, 'close');
      // The rest never comes: whoever waits for it would wait for ever.
      response.writeHead(200, headers).write('x');
    });
    const answer = await createProxy(host)(ask('tessera://app/api/inspect', { method: 'POST', body: '{}' }));
    await answer.body?.cancel();
    await closed;
  });

  it('ends an answer that is on its way when the page gives the request up', async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> = Promise.resolve();
    const host = await socketHost((_request, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-length': 9_000_000 }).write('x');
    });
    const answer = await createProxy(host)(ask('tessera://app/api/scans/1/voxels/0', { signal: controller.signal }));
    const reading = answer.arrayBuffer();
    controller.abort();
    await expect(reading).rejects.toThrow();
    await closed;
  });

  it('asks nothing for a page that gave up while the host started', async () => {
    const controller = new AbortController();
    let asked = 0;
    const host = await socketHost((_request, response) => {
      asked++;
      response.end();
    });
    const slow = {
      ready: () => {
        controller.abort();
        return host.ready();
      },
    };
    const answer = await createProxy(slow)(ask('tessera://app/api/inspect', { method: 'POST', body: '{}', signal: controller.signal }));
    expect([answer.status, asked]).toEqual([503, 0]);
  });
});

describe('without a host', () => {
  const failing = { ready: () => Promise.reject(new TesseraError('bad-file', 'The workspace is damaged.', { advice: 'Choose another.' })) };

  it('tells the page why, as the API does', async () => {
    const answer = await createProxy(failing)(ask('tessera://app/api/status'));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ error: { code: 'bad-file', message: 'The workspace is damaged.', advice: 'Choose another.' } });
  });

  it('shows words where the page itself was asked for', async () => {
    const answer = await createProxy(failing)(ask('tessera://app/', { headers: { accept: 'text/html' } }));
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('The workspace is damaged.');
  });

  it('a socket that nobody listens at is no connection', async () => {
    const nobody = { ready: () => Promise.resolve({ socketPath: '/nonexistent/host.sock', secret: '' }) };
    const answer = await createProxy(nobody)(ask('tessera://app/api/status'));
    expect(await answer.json()).toMatchObject({ error: { code: 'no-connection' } });
  });
});

describe('what the page may not ask', () => {
  const refused: [what: string, address: string, init?: RequestInit][] = [
    ['another host', 'tessera://other/api/status'],
    ['another scheme', 'https://app/api/status'],
    ['a user in the address', 'tessera://user@app/api/status'],
    ['a port', 'tessera://app:80/api/status'],
    ['another method', 'tessera://app/api/status', { method: 'OPTIONS' }],
    ['a foreign origin', 'tessera://app/api/jobs', { method: 'POST', headers: { origin: 'https://evil.example' } }],
    ['no origin to speak of', 'tessera://app/api/jobs', { method: 'POST', headers: { origin: 'null' } }],
    ['another site', 'tessera://app/api/status', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['the control route', 'tessera://app/control/sources', { method: 'POST' }],
    ['the control route, in capitals', 'tessera://app/CONTROL/sources', { method: 'POST' }],
    ['the control route, encoded', 'tessera://app/%63ontrol/sources', { method: 'POST' }],
    ['the control route, after an empty segment', 'tessera://app//control/sources', { method: 'POST' }],
    ['the control route, through another folder', 'tessera://app/api/../control/sources', { method: 'POST' }],
    ['the control route, through an encoded folder', 'tessera://app/api/%2e%2e/control/sources', { method: 'POST' }],
    ['the control route, with an encoded slash', 'tessera://app/api/..%2fcontrol%2fsources', { method: 'POST' }],
    ['the control route, with a backslash', 'tessera://app/%5ccontrol/sources', { method: 'POST' }],
    ['a path out of the page', 'tessera://app/assets/..%5c..%5cpackage.json'],
    ['a line break in the path', 'tessera://app/api/status%0d%0ahost:%20evil'],
    ['what cannot be decoded', 'tessera://app/api/%E0%A4%A'],
  ];

  it.each(refused)('%s', async (_what, address, init) => {
    let asked = 0;
    const host = await socketHost((_request, response) => {
      asked++;
      response.end();
    });
    // Request refuses user names in addresses itself; Electron's does not have to.
    const request = address.includes('@') ? { url: address, method: 'GET', headers: new Headers() } : ask(address, init);
    const answer = await createProxy(host)(request as Request);
    expect(answer.status).toBe(403);
    expect(asked).toBe(0);
  });
});
