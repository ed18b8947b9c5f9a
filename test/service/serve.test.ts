import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CONTROL_HEADER } from '../../core/service/api/control.ts';
import { serveDesktop } from '../../core/service/serve.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { describeCompiled, fakeEngine, smallVolume, temporaryFolder, until } from './support.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly firstLine: Promise<string>;
  readonly code: Promise<number | null>;
  readonly errors: () => string;
  readonly output: () => string;
}

function serve(...args: string[]): Started {
  return serveIn(process.env, ...args);
}

function serveIn(env: NodeJS.ProcessEnv, ...args: string[]): Started {
  const child = spawn(process.execPath, [main, 'serve', ...args], { stdio: 'pipe', env });
  children.push(child);
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, code, firstLine: until(() => /^.*\n/.exec(out)?.[0]), errors: () => errors, output: () => out };
}

describeCompiled('tessera serve', () => {
  it('prints one line with the address, and closes on Ctrl-C', async () => {
    const folder = join(temporaryFolder(), 'study');
    const { child, firstLine, code } = serve('--workspace', folder);
    const line = await firstLine;
    expect(line).toMatch(/^Open http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{64} /);
    const address = line.split(' ')[1] ?? '';
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(303);
    expect(existsSync(join(folder, 'lock.json'))).toBe(true);
    child.kill('SIGINT');
    expect(await code).toBe(0);
    expect(existsSync(join(folder, 'lock.json'))).toBe(false);
  });

  it.skipIf(process.platform !== 'linux').each([
    ['no display', { DISPLAY: '', WAYLAND_DISPLAY: '' }],
    ['nothing to open it with', { DISPLAY: ':77', PATH: '/nowhere' }],
  ])('says nothing but the address where --open finds %s', async (_what, missing) => {
    const { child, firstLine, code, errors, output } = serveIn(
      { ...process.env, ...missing },
      '--open',
      '--workspace',
      join(temporaryFolder(), 'study'),
    );
    await firstLine;
    child.kill('SIGINT');
    expect(await code).toBe(0);
    expect(output()).toMatch(/^Open http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{64} {3}\(Ctrl-C closes\)\n$/);
    expect(errors()).toBe('');
  });

  it('says what is wrong with a folder or a port', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'letter.txt'), '');
    const { code, errors } = serve('--workspace', folder);
    expect(await code).toBe(1);
    expect(errors()).toMatch(/holds files, but no workspace/);
    const first = serve('--workspace', join(folder, 'a'));
    const port = new URL((await first.firstLine).split(' ')[1] ?? '').port;
    const second = serve('--workspace', join(folder, 'b'), '--port', port);
    expect(await second.code).toBe(2);
    expect(second.errors()).toMatch(/in use already/);
    expect(existsSync(join(folder, 'b', 'lock.json'))).toBe(false);
  });

  it('greets the desktop shell, and ends when the shell does', async () => {
    const folder = temporaryFolder();
    const socket = join(temporaryFolder(), 'host');
    const { child, firstLine, code } = serve('--socket', socket, '--workspace', join(folder, 'a'));
    child.stdin?.write(`${'a'.repeat(64)}\n`);
    expect(JSON.parse(await firstLine)).toMatchObject({ ready: true });
    expect(existsSync(join(folder, 'a', 'lock.json'))).toBe(true);
    child.stdin?.end();
    expect(await code).toBe(0);
    expect(existsSync(join(folder, 'a', 'lock.json'))).toBe(false);
  });

  it('refuses a shell without a secret', async () => {
    const { child, firstLine, code } = serve('--socket', join(temporaryFolder(), 'host'));
    child.stdin?.end('guess\n');
    expect(JSON.parse(await firstLine)).toMatchObject({ ready: false, error: { code: 'usage' } });
    expect(await code).toBe(2);
  });
});

// Named pipes of Windows have no rights in the file system.
describe.skipIf(process.platform === 'win32')('the door of the desktop shell', () => {
  const secret = 'a'.repeat(64);
  const ask = (
    socketPath: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const asked = request({ socketPath, path, method, headers: { 'Content-Type': 'application/json', ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });

  it('is a socket of this user alone, which needs no cookie', async () => {
    const socket = join(temporaryFolder(), 'host');
    const serving = await serveDesktop(socket, secret, { version: 'test' });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await ask(socket, '/api/status')).text)).toMatchObject({ desktop: true, workspace: null });
    await serving.close();
    expect(existsSync(socket)).toBe(false);
  });

  it('takes paths from the shell alone, and gives ids for them', async () => {
    const folder = temporaryFolder();
    const workspace = await createWorkspace(join(folder, 'study'), { name: 'study' });
    const { scan } = await workspace.addScan({ volume: smallVolume() });
    await workspace.close();
    const socket = join(folder, 'host');
    const options = { version: 'test', workspace: join(folder, 'study'), work: { engineProgram: fakeEngine } };
    const serving = await serveDesktop(socket, secret, options);
    const right = { [CONTROL_HEADER]: secret };
    const file = join(folder, 'scan.nii');
    writeFileSync(file, '');
    for (const wrong of [{}, { [CONTROL_HEADER]: '' }, { [CONTROL_HEADER]: 'b'.repeat(64) }])
      expect((await ask(socket, '/control/sources', { paths: [file] }, wrong)).status).toBe(403);
    expect((await ask(socket, '/api/control/sources', { paths: [file] }, right)).status).toBe(404);
    expect((await ask(socket, '/control/none', {}, right)).status).toBe(404);
    expect((await ask(socket, '/control/sources', { paths: ['relative'] }, right)).status).toBe(400);
    const missing = await ask(socket, '/control/sources', { paths: [join(folder, 'none')] }, right);
    expect([missing.status, missing.text.includes(folder)]).toEqual([404, false]);

    const { source } = JSON.parse((await ask(socket, '/control/sources', { paths: [file] }, right)).text) as { source: string };
    expect(serving.host.workspace.sources.paths(source)).toEqual([file]);
    // What the user has is not written to, and stays when its import is over.
    await expect(serving.host.workspace.sources.addFile(source, 'a', null)).rejects.toMatchObject({ code: 'not-allowed' });
    await serving.host.workspace.sources.remove(source);
    expect(readdirSync(folder)).toContain('scan.nii');

    const place = await ask(socket, '/control/locate', { what: 'scan', id: scan.id }, right);
    expect(JSON.parse(place.text)).toEqual({ path: join(folder, 'study', 'scans', scan.id) });
    expect((await ask(socket, '/control/locate', { what: 'model', id: '00000000' }, right)).status).toBe(404);
    expect((await ask(socket, '/control/locate', { what: 'scan', id: '../..' }, right)).status).toBe(400);
    await serving.close();
  });

  it('stops computing when the page is gone', async () => {
    const folder = temporaryFolder();
    const options = { version: 'test', workspace: join(folder, 'study'), work: { engineProgram: fakeEngine } };
    const socket = join(folder, 'host');
    const serving = await serveDesktop(socket, secret, options);
    const { engines } = serving.host.workspace;
    const body = { model: 'aaaaaaaa', scan: 'bbbbbbbb' };
    // This one never ends by itself, and nothing else has its turn before.
    const left = request({ socketPath: socket, path: '/api/consistency', method: 'POST', headers: { 'Content-Type': 'application/json' } });
    left.on('error', () => undefined).end(JSON.stringify({ ...body, seed: 1 }));
    await until(() => engines.pids.accelerator !== undefined && engines.state === 'busy');
    left.destroy();
    expect((await ask(socket, '/api/consistency', { ...body, seed: 2 })).status).toBe(200);
    await serving.close();
  });
});
