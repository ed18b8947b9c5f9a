import { EventEmitter } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TesseraError } from '../../core/base/errors.ts';
import { HostProcess } from '../../electron/host-process.ts';
import { requestHost } from '../../electron/host-request.ts';
import { hostEnvironment, runHost, type HostChild, type HostDoor } from '../../electron/host-run.ts';
import { newHostSocket } from '../../electron/host-socket.ts';

const program = { node: process.execPath, script: join(import.meta.dirname, 'support', 'stub-host.mjs'), env: process.env };
/** Only ends what hangs. */
const PATIENT = { timeout: 60_000 };
const running: HostProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((host) => host.stop()));
});

function startHost(options: Partial<ConstructorParameters<typeof HostProcess>[0]> = {}): {
  host: HostProcess;
  failed: Promise<TesseraError>;
  log: string[];
} {
  const log: string[] = [];
  let fail: (error: TesseraError) => void = () => undefined;
  const failed = new Promise<TesseraError>((resolve) => (fail = resolve));
  const host = new HostProcess({ program, onFailure: fail, log: (line) => log.push(line), ...options });
  running.push(host);
  return { host, failed, log };
}

async function ask(door: HostDoor, path: string): Promise<Record<string, unknown>> {
  const answer = await requestHost(door, { method: 'GET', path, headers: { 'x-tessera-control': door.secret } });
  return JSON.parse(await text(answer)) as Record<string, unknown>;
}

describe('a host of its own process', () => {
  it('starts with a socket, a workspace and a secret, and ends when it is told to', async () => {
    const { host, failed } = startHost();
    await host.open('/scans/mine');
    const door = await host.ready();
    expect(await ask(door, '/')).toMatchObject({ verb: 'serve', workspace: '/scans/mine', isSecret: true });
    expect(door.secret).toMatch(/^[0-9a-f]{64}$/);
    await host.stop();
    expect(existsSync(dirname(door.socketPath))).toBe(false);
    expect(await Promise.race([failed, Promise.resolve('fine')])).toBe('fine');
  });

  it('comes back after a death, at another address with another secret', async () => {
    const { host, log } = startHost();
    await host.open('/scans/mine');
    const door = await host.ready();
    await expect(ask(door, '/die')).rejects.toThrow();
    // It may not be known yet that it died.
    const next = await vi.waitFor(async () => {
      const now = await host.ready();
      expect(now.socketPath).not.toBe(door.socketPath);
      return now;
    }, PATIENT);
    expect(next.secret).not.toBe(door.secret);
    expect(await ask(next, '/')).toMatchObject({ isSecret: true });
    expect(log.join()).toContain('SIGKILL');
  });

  it('says why it will not open a workspace, and is not started again for that', async () => {
    const { host, failed } = startHost();
    await host.open('/scans/damaged');
    expect(await failed).toMatchObject({ code: 'bad-file', message: 'The workspace is damaged.', advice: 'Choose another.' });
    await expect(host.ready()).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('is started three times again, and then no more; a person may ask once more', async () => {
    const pauses: number[] = [];
    const starts: string[] = [];
    const { host, failed } = startHost({
      delay: (milliseconds) => {
        if (milliseconds < 10_000) pauses.push(milliseconds);
        return milliseconds < 10_000 ? Promise.resolve() : new Promise(() => undefined);
      },
      newSocket: async () => {
        const socket = await newHostSocket();
        starts.push(socket.path);
        return socket;
      },
    });
    const waiting = host.ready();
    await host.open('/scans/deadly');
    expect((await failed).message).toContain('exit status 3');
    await expect(waiting).rejects.toMatchObject({ code: 'server-failed' });
    expect(starts).toHaveLength(4);
    expect(pauses).toEqual([0, 1_000, 4_000]);
    await host.open('/scans/mine');
    expect(await ask(await host.ready(), '/')).toMatchObject({ workspace: '/scans/mine' });
  });

  it('opens another workspace in another host; who waits, waits for that', async () => {
    const { host } = startHost();
    await host.open('/scans/first');
    const first = await ask(await host.ready(), '/');
    const opening = host.open('/scans/second');
    const waiting = host.ready();
    await opening;
    const second = await ask(await waiting, '/');
    expect(second).toMatchObject({ workspace: '/scans/second' });
    expect(second['pid']).not.toBe(first['pid']);
  });

  it('stops while it is still starting', async () => {
    const { host } = startHost();
    await host.open('/scans/mine');
    await host.stop();
  });
});

/** A child that does what the test says. */
class FakeChild extends EventEmitter {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly signals: string[] = [];
  kill = (signal?: NodeJS.Signals | number): boolean => {
    this.signals.push(String(signal));
    if (signal === 'SIGKILL') this.emit('exit', null, 'SIGKILL');
    return true;
  };
}

describe('a host that does not do as it should', () => {
  const options = { program, socketPath: '/s', workspace: '/w', log: () => undefined };
  const start = (child: FakeChild) => () => child as unknown as HostChild;

  it('is ended when it never says that it listens', async () => {
    const child = new FakeChild();
    const run = runHost({ ...options, startChild: start(child), delay: () => Promise.resolve() });
    await expect(run.door).rejects.toThrow('SIGKILL');
    expect(child.signals).toEqual(['SIGKILL']);
  });

  it('is asked, then told, then made to end', async () => {
    const child = new FakeChild();
    const waited: number[] = [];
    const delay = (milliseconds: number): Promise<void> => {
      if (milliseconds === 60_000) return new Promise(() => undefined);
      waited.push(milliseconds);
      return Promise.resolve();
    };
    const run = runHost({ ...options, startChild: start(child), delay });
    run.door.catch(() => undefined);
    await run.stop();
    expect(child.stdin.writableEnded).toBe(true);
    expect(child.signals).toEqual(['SIGTERM', 'SIGKILL']);
    expect(waited).toEqual([15_000, 5_000]);
  });

  it('may talk to people before and after it talks to us', async () => {
    const child = new FakeChild();
    const lines: string[] = [];
    const run = runHost({
      ...options,
      startChild: start(child),
      delay: () => new Promise(() => undefined),
      log: (line) => lines.push(line),
    });
    child.stderr.write('TensorFlow says something\n');
    child.stdout.write('{"ready":true,"version":"1"}\nlater\n');
    await run.door;
    await vi.waitFor(() => expect(lines.sort()).toEqual(['TensorFlow says something', 'later']), PATIENT);
  });

  it('that cannot be started at all is told like a death', async () => {
    const nowhere = { ...program, node: join(tmpdir(), 'no-node-here') };
    const { host, failed } = startHost({ program: nowhere, delay: () => Promise.resolve() });
    await host.open('/scans/mine');
    expect((await failed).message).toContain('ENOENT');
  });
});

it.skipIf(process.platform === 'win32')('the socket lies in a folder of this user alone', async () => {
  const runtime = await mkdtemp(join(tmpdir(), 'runtime-'));
  const socket = await newHostSocket({ platform: 'linux', env: { XDG_RUNTIME_DIR: runtime } });
  expect(dirname(dirname(socket.path))).toBe(runtime);
  expect(statSync(dirname(socket.path)).mode & 0o777).toBe(0o700);
  await socket.remove();
  const elsewhere = await newHostSocket({ platform: 'linux', env: { XDG_RUNTIME_DIR: join(runtime, 'absent') } });
  expect(dirname(dirname(elsewhere.path))).toBe(tmpdir());
  await elsewhere.remove();
  // The limit of macOS, the shortest there is.
  expect(Buffer.byteLength(socket.path)).toBeLessThan(104);
  await rm(runtime, { recursive: true });
});

it('a pipe of Windows has a name that cannot be guessed', async () => {
  const [first, second] = await Promise.all([newHostSocket({ platform: 'win32', env: {} }), newHostSocket({ platform: 'win32', env: {} })]);
  expect(first.path).toMatch(/^\\\\\.\\pipe\\tessera-[0-9a-f]{32}$/);
  expect(basename(first.path)).not.toBe(basename(second.path));
});

it('the host gets its surroundings without what was meant for Electron', () => {
  const env = { PATH: '/bin', ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--inspect', LD_LIBRARY_PATH: '/cuda', CHROME_DESKTOP: 'x' };
  expect(hostEnvironment(env)).toEqual({ PATH: '/bin', LD_LIBRARY_PATH: '/cuda' });
});
