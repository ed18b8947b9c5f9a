import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../core/service/app.ts';
import { browserDoor } from '../../core/service/doors/browser-door.ts';
import { serveBrowser, type Serving } from '../../core/service/serve.ts';
import { Host } from '../../core/service/host.ts';
import { rawRequest, type RawAnswer } from './raw-request.ts';
import { fakeEngine, smallVolume, temporaryFolder } from './support.ts';

const SECRET = 'TOP-SECRET-CONTENT';
let serving: Serving & { readonly address: string };
let port: number;
let token: string;
let cookie: string;
let scan: string;
let folder: string;

beforeAll(async () => {
  const outside = temporaryFolder();
  folder = join(outside, 'workspace');
  const pageFolder = join(outside, 'page', 'dist');
  mkdirSync(pageFolder, { recursive: true });
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html>the page');
  // Everywhere that a path could lead to.
  for (const place of [outside, join(outside, 'page')]) writeFileSync(join(place, 'secret.txt'), SECRET);
  serving = await serveBrowser(0, { version: 'test', workspace: folder, pageFolder, work: { engineProgram: fakeEngine } });
  writeFileSync(join(folder, 'secret.txt'), SECRET);
  const url = new URL(serving.address);
  port = Number(url.port);
  token = url.searchParams.get('token') ?? '';
  const entered = await send(`GET /?token=${token}`, {});
  cookie = /set-cookie: ([^;]+)/i.exec(entered.head)?.[1] ?? '';
  scan = (await serving.host.workspace.workspace.addScan({ volume: smallVolume() })).scan.id;
});

afterAll(() => serving.close());

/** @param headers besides Host, which names this computer unless given; null leaves it out */
async function send(line: string, headers: Record<string, string | null>, more?: Iterable<string>): Promise<RawAnswer> {
  const all: Record<string, string | null> = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers };
  const text = Object.entries(all).map(([name, value]) => (value === null ? '' : `${name}: ${value}\r\n`));
  return rawRequest(port, `${line} HTTP/1.1\r\n${text.join('')}\r\n`, more);
}

/** As a browser that was let in. */
const asUser = (line: string, headers: Record<string, string | null> = {}, more?: Iterable<string>): Promise<RawAnswer> =>
  send(line, { Cookie: cookie, ...headers }, more);

async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return asUser(`POST ${path}`, { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)), ...headers }, [
    body,
  ]);
}

/** Refused, with nothing said that is nobody's business. */
function expectRefusal(answer: RawAnswer, ...statuses: readonly number[]): void {
  expect(statuses.length === 0 ? answer.status >= 400 && answer.status < 500 : statuses.includes(answer.status), answer.head).toBe(true);
  for (const text of [answer.head, answer.body]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(token);
    expect(text).not.toContain(folder);
    expect(text).not.toMatch(/node_modules|\bat .*\.[jt]s:\d/);
  }
  expect(answer.head).not.toMatch(/access-control-allow/i);
}

describe('who is let in', () => {
  it('has the token, which gets a cookie that scripts and other sites do not', async () => {
    const answer = await send(`GET /?token=${token}`, {});
    expect(answer.status).toBe(303);
    expect(answer.head).toMatch(/^location: \/$/im);
    expect(answer.head).toMatch(/^set-cookie: tessera-[0-9a-f]{8}=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/im);
    expect(answer.head).not.toContain(token);
    expect((await asUser('GET /api/status')).status).toBe(200);
    expect((await asUser('GET /')).body).toContain('the page');
  });

  it('comes from a link elsewhere by a page of our own, after which the browser sends the cookie', async () => {
    const answer = await send(`GET /?token=${token}`, { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('content="0;url=/"');
    expect(answer.head).toMatch(/content-security-policy: default-src 'none'/i);
  });

  it.each(['/', '/api/status', '/api/scans', '/api/events', '/api/openapi.json', '/assets/x.js', '/none'])(
    'is not who has no cookie: %s',
    async (path) => {
      expectRefusal(await send(`GET ${path}`, {}), 403);
    },
  );

  it.each([
    ['a guess', () => `x=${'0'.repeat(64)}`],
    ['our name with a guess', () => `${cookie.split('=')[0] ?? ''}=${'0'.repeat(64)}`],
    ['the token itself', () => `${cookie.split('=')[0] ?? ''}=${token}`],
    ['a part of it', () => cookie.slice(0, -1)],
    ['nothing', () => `${cookie.split('=')[0] ?? ''}=`],
    ['another name', () => `tessera=${cookie.split('=')[1] ?? ''}`],
  ])('is not who has as cookie %s', async (_, make) => {
    expectRefusal(await send('GET /api/status', { Cookie: make() }), 403);
  });

  it('is nobody from another computer', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others) {
      const refused = await new Promise<boolean>((resolve) => {
        const socket = connect(port, address, () => resolve(false));
        socket.on('error', () => resolve(true)).on('close', () => socket.destroy());
      });
      expect(refused).toBe(true);
    }
    expect((await asUser('GET /api/status')).status).toBe(200);
  });
});

describe('a guessed token', () => {
  it('is refused, and after ten in a minute none is looked at', async () => {
    let now = 0;
    const door = browserDoor(createApp(new Host({ version: 'test', desktop: false })), { token, now: () => now });
    const enter = async (guess: string): Promise<number> =>
      (await door.request(`http://127.0.0.1/?token=${guess}`, { headers: { Host: '127.0.0.1' } })).status;
    const guesses = [
      '',
      '0',
      token.slice(1),
      token.slice(0, -1),
      `${token}0`,
      token.toUpperCase(),
      '%00',
      'a'.repeat(5000),
      '__proto__',
      '[object%20Object]',
    ];
    for (const guess of guesses) expect(await enter(guess)).toBe(403);
    expect(await enter(token)).toBe(429);
    now = 59_999;
    expect(await enter(token)).toBe(429);
    now = 60_001;
    expect(await enter(token)).toBe(303);
  });
});

describe('another site', () => {
  it.each([
    'http://evil.example',
    'https://127.0.0.1',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost',
    'null',
    'file://',
    'http://127.0.0.1.evil.example',
    'http://[::1]',
    '',
  ])('is refused by its Origin: %j', async (origin) => {
    expectRefusal(await asUser('GET /api/scans', { Origin: origin }), 403);
    expectRefusal(await asUser(`POST /api/scans/${scan}/remove`, { Origin: origin, 'Content-Length': '0' }), 403);
    expectRefusal(await asUser('OPTIONS /api/scans', { Origin: origin, 'Access-Control-Request-Method': 'POST' }), 403);
    expect((await asUser('GET /api/scans')).body).toContain(scan);
  });

  it.each(['cross-site', 'same-site', 'weird'])('is refused by what the browser says of it: %s', async (site) => {
    expectRefusal(await asUser(`GET /api/scans/${scan}/voxels/0`, { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors' }), 403);
    expectRefusal(await asUser('GET /api/scans', { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' }), 403);
    expectRefusal(await asUser('GET /', { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors' }), 403);
  });

  it('is not our own page', async () => {
    expect((await asUser('GET /api/status', { Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
    // Through a tunnel, the browser knows another port.
    expect((await asUser('GET /api/status', { Host: 'localhost:9999', Origin: 'http://localhost:9999' })).status).toBe(200);
  });

  it.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.example:80',
    '0.0.0.0',
    '127.1',
    '2130706433',
    '0x7f000001',
    '127.0.0.2',
    'user@127.0.0.1',
    '127.0.0.1:80:80',
    'localhost.',
    '',
    '[::]',
    '127.0.0.1/x',
    '127.0.0.1#',
    '127.0.0.1 evil.example',
  ])('cannot give this computer another name: %j', async (host) => {
    expectRefusal(await asUser('GET /api/status', { Host: host }), 400, 403);
  });

  it('cannot leave out the name, or give two', async () => {
    expectRefusal(await asUser('GET /api/status', { Host: null }), 400, 403);
    expectRefusal(await rawRequest(port, `GET /api/status HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`), 400, 403);
    expectRefusal(await asUser('GET /api/status', { Host: `evil.example\r\nHost: 127.0.0.1:${port}` }), 400, 403);
    expectRefusal(await asUser('GET http://evil.example/api/status'), 400, 403);
    expectRefusal(await asUser('GET http://evil.example/api/status', { Host: 'evil.example' }), 400, 403);
  });
});

const traversals = [
  '/../secret.txt',
  '/../../secret.txt',
  '/./../secret.txt',
  '/assets/../../secret.txt',
  '/assets/..//..//secret.txt',
  '//secret.txt',
  '/..\\secret.txt',
  '/..\\..\\secret.txt',
  '\\..\\secret.txt',
  '/%2e%2e/secret.txt',
  '/%2E%2E/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%2Fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/%2e%2e%5c%2e%2e%5csecret.txt',
  '/%252e%252e/secret.txt',
  '/%252e%252e%252fsecret.txt',
  '/..%252fsecret.txt',
  '/....//secret.txt',
  '/..../secret.txt',
  '/.%2e/secret.txt',
  '/%2e./secret.txt',
  '/..;/secret.txt',
  '/..%00/secret.txt',
  '/../secret.txt%00.js',
  '/%c0%ae%c0%ae/secret.txt',
  '/%c0%ae%c0%ae%c0%afsecret.txt',
  '/..%c0%afsecret.txt',
  '/%e0%80%ae%e0%80%ae/secret.txt',
  '/%uff0e%uff0e/secret.txt',
  '/%ef%bc%8e%ef%bc%8e/secret.txt',
  '/..%ef%bc%8fsecret.txt',
  '/index.html/../../secret.txt',
  '/file:///../secret.txt',
  '/~/../secret.txt',
  '/?/../../secret.txt/../x',
  '/api/../../secret.txt',
  '/api/scans/../../../secret.txt',
  '/api/scans/..%2f..%2fsecret.txt',
  '/api/scans/..%2f../voxels/0',
  '/api/scans/%2e%2e/voxels/0',
  '/api/scans/..%5c..%5csecret.txt/voxels/0',
  '/api/scans/....../voxels/0',
  '/api/scans/secret.txt/thumbnail',
  '/api/inspect/..%2f..%2f..%2fsecret.txt/input',
  '/api/inspect/00000000/..%2f..%2f..%2fsecret.txt',
  '/api/inspect/view/..%2f..%2f..%2fsecret.txt/input',
  '/api/features/..%2f..%2f..%2fsecret.txt',
  '/api/similar/%2e%2e%2f%2e%2e%2fsecret.txt%00',
  '/api/scans/00000000/layers/..%2f..%2f..%2fsecret.txt/voxels',
];

describe('a path that leads out', () => {
  it.each(traversals.filter((path) => !path.startsWith('/?')))('GET %s', async (path) => {
    expectRefusal(await asUser(`GET ${path}`));
    expectRefusal(await asUser(`GET http://127.0.0.1:${port}${path.replace(/^\\/, '/')}`));
  });

  it.each([
    '../../secret.txt',
    '..%2f..%2fx',
    '%2fetc%2fpasswd',
    'C%3A%5Cx',
    '..%5c..%5cx',
    'a%00b',
    'a%0d%0aX-Evil:1',
    '.',
    '%2e%2e',
    'a%2f%2e%2e%2f%2e%2e%2fb',
  ])('does not become a file by uploading: %s', async (name) => {
    const { source } = JSON.parse((await asUser('POST /api/uploads', { 'Content-Length': '0' })).body) as { source: string };
    expectRefusal(await asUser(`PUT /api/uploads/${source}/files?name=${name}`, { 'Content-Length': '1' }, ['x']), 400);
    await serving.host.workspace.sources.remove(source);
  });

  it('is not taken for the source of an upload', async () => {
    for (const source of ['..', '..%2f..', '%2e%2e', 'x', '0'.repeat(31), `${'0'.repeat(32)}%00`])
      expectRefusal(await asUser(`PUT /api/uploads/${source}/files?name=a`, { 'Content-Length': '1' }, ['x']), 400, 404);
  });
});

describe('a body', () => {
  it('that is too large is refused, announced or not', async () => {
    expectRefusal(await asUser('POST /api/jobs', { 'Content-Type': 'application/json', 'Content-Length': '999999999' }, ['{']), 413);
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    const endless = (function* () {
      for (let n = 0; n < 2000; n++) yield chunk;
    })();
    expectRefusal(await asUser('POST /api/jobs', { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }, endless), 413, 0);
    expect((await asUser('GET /api/status')).status).toBe(200);
  });

  it.each([
    '{',
    '',
    'null',
    '[]',
    '"text"',
    '{"kind":"import"}',
    '{"kind":"import","source":"../../secret.txt"}',
    '{"kind":"import","source":["a"]}',
    '{"kind":"explode"}',
    '{"kind":"segment","model":"../x","scans":["00000000"]}',
    '{"kind":"segment","model":"00000000","scans":[]}',
    `{"kind":"segment","model":"00000000","scans":[${'"00000000",'.repeat(10_000)}"00000000"]}`,
    '{"__proto__":{"kind":"import"},"constructor":{"prototype":{"x":1}}}',
    '\u0000',
    '{"kind":"import","source":1e999}',
    '['.repeat(100_000),
    '{"a":'.repeat(50_000),
  ])('that is wrong is refused: %.40j', async (body) => {
    expectRefusal(await post('/api/jobs', body), 400);
    expect(serving.host.workspace.jobs.list()).toEqual([]);
  });

  it('of the kinds that other sites can send without asking is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx'])
      expectRefusal(await post('/api/jobs', `{"kind":"import","source":"${'0'.repeat(32)}"}`, { 'Content-Type': type }), 400, 415);
  });

  it('of two lengths is refused', async () => {
    expectRefusal(await asUser('POST /api/jobs', { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }, ['0\r\n\r\n']), 400);
    expectRefusal(await asUser('POST /api/jobs', { 'Content-Length': '5, 6' }, ['xxxxxx']), 400);
    expectRefusal(await asUser('POST /api/jobs', { 'Content-Length': '-1' }), 400);
  });
});

describe('a header', () => {
  it('that asks for absurd ranges is refused', async () => {
    for (const range of [
      'bytes=0-0,1-1',
      `bytes=${'0-,'.repeat(3000)}0-`,
      'bytes=999999999999-',
      'bytes=-',
      'bytes=5-1',
      'bytes=0-99999999999999999999',
    ])
      expectRefusal(await asUser(`GET /api/scans/${scan}/voxels/0`, { Range: range }), 416);
  });

  it('that is too long or malformed is refused', async () => {
    expectRefusal(await asUser('GET /api/status', { 'X-Long': 'x'.repeat(100_000) }), 431);
    expectRefusal(await asUser(`GET /${'x'.repeat(100_000)}`), 431, 414);
    expectRefusal(await asUser('GET /api/status', { 'X Bad': '1' }), 400);
    expectRefusal(await asUser('GET /api/status', { 'X-Bad': 'a\0b' }), 400);
  });

  it.each(['/?token=x%0d%0aSet-Cookie:%20a=b', '/%0d%0aX-Evil:%201', '/api/scans/x%0d%0aX-Evil:1', '/api/events?after=1%0d%0aX-Evil:1'])(
    'cannot be put into an answer: %s',
    async (path) => {
      const answer = await asUser(`GET ${path}`);
      expectRefusal(answer, 400, 403, 404);
      expect(answer.head).not.toMatch(/^(x-evil|set-cookie)/im);
    },
  );

  it('does not open what is for the desktop shell alone', async () => {
    for (const path of ['/control/sources', '/control/locate', '/api/control/sources', '/api/../control/sources'])
      expectRefusal(await post(path, '{"paths":["/etc/passwd"]}', { 'x-tessera-control': token }), 404);
  });

  it('cannot turn the connection into another', async () => {
    const upgrade = {
      Connection: 'close, Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    expect((await asUser('GET /api/status', upgrade)).status).not.toBe(101);
    expect((await asUser('CONNECT evil.example:80')).status).not.toBe(200);
    expectRefusal(await asUser('TRACE /'), 400, 404, 405);
  });
});

describe('after all this', () => {
  it('the host lives, and nothing was changed', async () => {
    expect(JSON.parse((await asUser('GET /api/scans')).body)).toMatchObject({ scans: [{ id: scan, removed: false }], problems: [] });
    expect(serving.host.workspace.jobs.list()).toEqual([]);
  });
});
