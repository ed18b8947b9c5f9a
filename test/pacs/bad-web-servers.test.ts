import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeError, isTesseraError } from '../../core/base/errors.ts';
import { silentTask, type Task } from '../../core/base/task.ts';
import { checkSecrecy, Secret, webFind, webGet, webSend, webServerUrl, type Received, type WebServer } from '../../core/pacs/index.ts';
import { hasOpenssl, makeCertificates } from './support/certificates.ts';
import { fakeServer, type FakeServer } from './support/fake-server.ts';
import { makeStudy, type MadeStudy } from './support/objects.ts';
import { freePort } from './support/orthanc.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const password = new Secret('hunter2');
const open: FakeServer[] = [];
let made: MadeStudy;

beforeAll(async () => {
  made = await makeStudy();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(answer: Answer, more: Partial<WebServer> = {}): Promise<{ server: WebServer; fake: FakeServer }> {
  const fake = await fakeServer(answer);
  open.push(fake);
  return { server: { url: webServerUrl(`${fake.origin}/dicom-web/`), timeoutSeconds: 1, ...more }, fake };
}

const find = (server: WebServer, task: Task = silentTask): Promise<unknown> =>
  webFind(server, { level: 'study', filters: { PatientID: 'P-77' }, limit: 1 }, task);

/** The error of work that must fail. */
async function failure(work: Promise<unknown>): Promise<{ code: string; line: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isTesseraError(error)) throw new Error(`expected a TesseraError, not ${String(error)}`);
  return { code: error.code, line: describeError(error) };
}

describe('a query', () => {
  it.each<[string, Answer, string, RegExp]>([
    ['401', (_, r) => void r.writeHead(401).end(), 'not-allowed', /wants to know who asks \(401\)\. Give --user/],
    ['403', (_, r) => void r.writeHead(403).end('secret text'), 'not-allowed', /does not allow this \(403\)\. Ask/],
    ['404', (_, r) => void r.writeHead(404).end(), 'not-found', /has nothing there \(404\)\. Check the UIDs/],
    ['500', (_, r) => void r.writeHead(500).end('P-77 stack trace'), 'server-failed', /failed \(500\)\. Look into the log/],
    ['no answer', () => undefined, 'timeout', /did not answer, or stalled, for 1 s\. .*--timeout/],
    ['HTML', (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), 'server-failed', /is no JSON \(text\/html\)/],
    ['other JSON', (_, r) => void r.end('[{"00080020": 3}]'), 'server-failed', /is no DICOM JSON/],
    ['packed', (_, r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end('x'), 'server-failed', /packs its answer \(gzip\)/],
    ['a broken connection', (q) => void q.socket.destroy(), 'no-connection', /broke the connection off/],
    [
      'another server',
      (_, r) => void r.writeHead(302, { location: 'http://127.0.0.2:9/x' }).end(),
      'server-failed',
      /another server, http:\/\/127\.0\.0\.2:9/,
    ],
    ['a circle', (q, r) => void r.writeHead(302, { location: q.url ?? '' }).end(), 'server-failed', /around in a circle/],
  ])('is told of %s', async (_, answer, code, line) => {
    const { server } = await start(answer);
    const error = await failure(find(server));
    expect(error).toEqual({ code, line: expect.stringMatching(line) });
    // Neither what was asked for nor what the server wrote.
    expect(error.line).not.toMatch(/P-77|secret text/);
  });

  it('is told of an answer that drips, and of one that is too large', async () => {
    const drips = await start((_, response) => {
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    });
    expect(await failure(find(drips.server))).toMatchObject({ code: 'timeout' });
    const piece = Buffer.alloc(4 * 1024 ** 2, ' ');
    const floods = await start((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', more);
      more();
    });
    expect(await failure(find(floods.server))).toMatchObject({ code: 'server-failed', line: expect.stringContaining('is longer than') });
  });

  it('follows a redirect on the same server', async () => {
    const { server, fake } = await start((request, response) => {
      if (request.url?.startsWith('/new/') === true) response.end('[]');
      else response.writeHead(307, { location: `/new${request.url ?? ''}` }).end();
    });
    expect(await find(server)).toEqual({ matches: [], more: false });
    expect(fake.asked).toHaveLength(2);
  });

  it('is told of a server that is not there, of one that speaks something else, and of cancelling', async () => {
    const dead: WebServer = { url: new URL(`http://127.0.0.1:${await freePort()}/`), timeoutSeconds: 5 };
    expect(await failure(find(dead))).toEqual({
      code: 'no-connection',
      line: expect.stringMatching(/nobody listens there\. Check host and port/),
    });
    const { server } = await start((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n'));
    expect(await failure(find(server))).toEqual({ code: 'server-failed', line: expect.stringMatching(/does not speak HTTP/) });
    const controller = new AbortController();
    const silent = await start(() => controller.abort());
    expect(await failure(find(silent.server, { ...silentTask, signal: controller.signal }))).toMatchObject({ code: 'cancelled' });
  });
});

describe('credentials', () => {
  it('go to the server named, and show in no text', async () => {
    const credentials = { kind: 'password', user: 'ann', password } as const;
    const { server, fake } = await start((_, response) => void response.writeHead(401).end(), { credentials });
    const { code, line } = await failure(find(server));
    expect(fake.credentials).toEqual([`Basic ${Buffer.from('ann:hunter2').toString('base64')}`]);
    expect(code).toBe('not-allowed');
    for (const text of [line, inspect(server, { depth: 9 }), JSON.stringify(server), String(password)])
      expect(text).not.toContain('hunter2');
  });

  it('are refused in an address, and over a network in the clear', () => {
    expect(() => webServerUrl('https://ann:hunter2@pacs.example/')).toThrow('holds a user or password');
    const credentials = { kind: 'token', token: password } as const;
    const server = (url: string): WebServer => ({ url: webServerUrl(url), credentials, timeoutSeconds: 1 });
    expect(() => checkSecrecy(server('http://pacs.example/'), false)).toThrow('could read the password');
    for (const url of ['https://pacs.example/', 'http://localhost:8042/', 'http://127.0.0.1/', 'http://[::1]/'])
      expect(() => checkSecrecy(server(url), false)).not.toThrow();
    expect(() => checkSecrecy(server('http://pacs.example/'), true)).not.toThrow();
    expect(() => webServerUrl('ftp://pacs.example')).toThrow('cannot be ftp');
    expect(() => webServerUrl('pacs')).toThrow('is no address');
  });
});

describe('a retrieval', () => {
  const folder = (): string => mkdtempSync(join(tmpdir(), 'tessera-get-'));
  const type = { 'content-type': 'multipart/related; type="application/dicom"; boundary=b' };
  const head = '--b\r\nContent-Type: application/dicom\r\n\r\n';
  const bytesOf = (index: number): Buffer => readFileSync(made.files[index]?.path ?? '');

  /** A server that has one study and gives these bytes for it. */
  const gives =
    (...pieces: readonly (Buffer | string)[]): Answer =>
    (request, response) => {
      if (request.url?.startsWith('/dicom-web/studies?') === true) response.end('[{"00201208": {"vr": "IS", "Value": [2]}}]');
      else response.writeHead(200, type).end(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
    };
  const get = (server: WebServer, out: string, most = 1e9): Promise<Received> =>
    webGet(server, { study: made.study }, out, most, silentTask);
  const filesIn = (out: string): string[] =>
    existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.dcm')) : [];

  it('that is cut short keeps what came whole and says so', async () => {
    const { server } = await start(gives(head, bytesOf(0), `\r\n${head}`, bytesOf(1).subarray(0, 600)));
    const out = folder();
    expect(await failure(get(server, out))).toEqual({
      code: 'server-failed',
      line: expect.stringMatching(/ends before its last boundary\. 1 whole files/),
    });
    expect(filesIn(out)).toHaveLength(1);
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('that lacks files which the server counts is no success', async () => {
    const { server } = await start(gives(head, bytesOf(0), '\r\n--b--\r\n'));
    expect(await failure(get(server, folder()))).toEqual({ code: 'server-failed', line: expect.stringMatching(/gave 1 of 2 files/) });
  });

  it.each<[string, () => (Buffer | string)[], RegExp]>([
    ['something else', () => [head, '<html>not found</html>', '\r\n--b--'], /is no whole DICOM file|no whole DICOM/],
    ['a damaged file', () => [head, bytesOf(0).subarray(0, 500), '\r\n--b--'], /no whole DICOM file/],
  ])('that gives %s writes nothing', async (_, pieces, line) => {
    const { server } = await start(gives(...pieces()));
    const out = folder();
    expect(await failure(get(server, out))).toEqual({ code: 'server-failed', line: expect.stringMatching(line) });
    expect(readdirSync(out)).toEqual([]);
  });

  it('that gives files of another study writes nothing', async () => {
    const other = await makeStudy();
    const { server } = await start(gives(head, readFileSync(other.files[0]?.path ?? ''), '\r\n--b--'));
    const out = folder();
    expect(await failure(get(server, out))).toEqual({ code: 'server-failed', line: expect.stringMatching(/of another study/) });
    expect(readdirSync(out)).toEqual([]);
  });

  it('that gives too much stops at the size allowed', async () => {
    let written = 0;
    const piece = Buffer.alloc(2 ** 16);
    const { server } = await start((request, response) => {
      if (request.url?.startsWith('/dicom-web/studies?') === true) {
        response.end('[{"00201208": {"vr": "IS", "Value": [2]}}]');
        return;
      }
      response.writeHead(200, type).write(head);
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) written += piece.length;
      };
      response.on('drain', more);
      more();
    });
    const out = folder();
    expect(await failure(get(server, out, 2e6))).toEqual({ code: 'too-large', line: expect.stringMatching(/--max-size/) });
    expect(written).toBeLessThan(50e6);
    expect(readdirSync(out)).toEqual([]);
  });

  it('leaves a file alone that is there with other bytes', async () => {
    const changed = Buffer.from(bytesOf(0));
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    const out = folder();
    const first = await start(gives(head, bytesOf(0), `\r\n${head}`, bytesOf(1), '\r\n--b--'));
    await get(first.server, out);
    const second = await start(gives(head, changed, `\r\n${head}`, bytesOf(1), '\r\n--b--'));
    const again = await get(second.server, out);
    expect(again).toMatchObject({ written: [], differing: { length: 1 }, present: { length: 1 } });
    expect(readFileSync(again.differing[0] ?? '')).toEqual(bytesOf(0));
  });
});

describe('a store', () => {
  const reads =
    (status: number, answer: string): Answer =>
    (request, response) => {
      request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/dicom+json' }).end(answer));
    };

  it('tells which files were not taken, and why', async () => {
    const [first, second] = made.files;
    const item = (tag: string, sop: string | undefined, more = ''): string =>
      `"${tag}": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["${sop ?? ''}"]}${more}}]}`;
    const reason = ', "00081197": {"vr": "US", "Value": [290]}';
    const { server } = await start(
      reads(409, `{${item('00081199', first?.sopInstance)}, ${item('00081198', second?.sopInstance, reason)}}`),
    );
    const result = await webSend(server, made.files.slice(0, 3), silentTask);
    expect(result.sent).toEqual([first?.path]);
    expect(result.failed).toEqual([
      { path: second?.path, reason: 'The PACS does not take this kind of object (SOP class). (0x0122)' },
      { path: made.files[2]?.path, reason: 'The PACS does not say that it has stored it.' },
    ]);
  });

  it('of many files does not fail for the one that makes a server refuse the whole message', async () => {
    // The report, to which no other file points.
    const bad = made.files.find(({ path }) => path.endsWith('report.dcm'));
    const { server } = await start((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => response.writeHead(Buffer.concat(pieces).includes(bad?.sopInstance ?? '') ? 400 : 200).end());
    });
    const { sent, failed } = await webSend(server, made.files, silentTask);
    expect(failed).toEqual([{ path: bad?.path, reason: 'The PACS refuses it (400).' }]);
    expect(sent).toHaveLength(6);
  });

  it('is told of a refusal without a word, of HTML, of a redirect', async () => {
    const [first] = made.files;
    const refusal = await start(reads(409, ''));
    const refused = await webSend(refusal.server, made.files.slice(0, 2), silentTask);
    expect(refused).toMatchObject({ sent: [], failed: [{ path: first?.path, reason: 'The PACS refuses it (409).' }, {}] });
    const html = await start(reads(200, '<html>'));
    expect(await failure(webSend(html.server, made.files, silentTask))).toMatchObject({ line: expect.stringMatching(/is not known/) });
    const moved = await start((request, response) => {
      request.resume().on('end', () => response.writeHead(307, { location: '/elsewhere' }).end());
    });
    expect(await failure(webSend(moved.server, made.files, silentTask))).toMatchObject({
      line: expect.stringMatching(/redirects what is sent/),
    });
    expect(moved.fake.asked).toHaveLength(1);
  });
});

describe.runIf(hasOpenssl || process.env['CI'] === 'true')('TLS (needs the program openssl)', () => {
  it('trusts the authority given, shows a certificate when asked, and nothing else', async () => {
    const { ca, server: certificate, client } = makeCertificates(mkdtempSync(join(tmpdir(), 'tessera-tls-')));
    const options = { cert: certificate.certificate, key: certificate.key };
    const answer: Answer = (_, response) => void response.end('[]');
    const plain = await fakeServer(answer, options);
    const strict = await fakeServer(answer, { ...options, ca: ca.certificate, requestCert: true, rejectUnauthorized: true });
    open.push(plain, strict);
    const server = (fake: FakeServer, tls: WebServer['tls'] = {}, origin = fake.origin): WebServer => ({
      url: new URL(origin),
      tls,
      timeoutSeconds: 5,
    });

    expect(await find(server(plain, { ca: ca.certificate }))).toEqual({ matches: [], more: false });
    expect(await failure(find(server(plain)))).toEqual({
      code: 'no-connection',
      line: expect.stringMatching(/no trusted authority has signed\..*--ca/),
    });
    const otherName = plain.origin.replace('localhost', '127.0.0.1');
    expect(await failure(find(server(plain, { ca: ca.certificate }, otherName)))).toMatchObject({
      line: expect.stringMatching(/of another host/),
    });
    expect(await find(server(strict, { ca: ca.certificate, ...client }))).toEqual({ matches: [], more: false });
    expect(await failure(find(server(strict, { ca: ca.certificate })))).toEqual({
      code: 'no-connection',
      line: expect.stringMatching(/--cert and --key/),
    });
    const noTls = await start(answer);
    const wrong = noTls.fake.origin.replace('http:', 'https:');
    expect(await failure(find(server(noTls.fake, {}, wrong)))).toMatchObject({ line: expect.stringMatching(/does not speak TLS here/) });
    expect(await failure(find(server(plain, { ca: Buffer.from('no PEM') })))).toMatchObject({
      code: expect.stringMatching(/no-connection|bad-file/),
    });
  });
});
