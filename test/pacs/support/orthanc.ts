import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { relay } from './orthanc-host.mjs';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const PROGRAMS = ['/usr/sbin/Orthanc', '/usr/bin/Orthanc'];

/** A PACS of our own for a test: Orthanc on loopback, its files in a temporary folder. */
export interface Orthanc {
  /** Root of its DICOMweb. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly calledAet: string;
  /** To which it sends what AE title TESSERA wants moved. */
  readonly movePort: number;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** A `describe` that needs Orthanc. Without it, it fails where CI=true, and is skipped elsewhere, naming the command that installs it. */
export function describeWithOrthanc(name: string, fn: () => void): void {
  const advice = 'Orthanc missing: apt-get install -y orthanc orthanc-dicomweb';
  if (existsSync(PLUGIN) && PROGRAMS.some(existsSync)) describe(name, fn);
  else if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(advice);
    });
  } else describe.skip(`${name} (skipped: ${advice})`, fn);
}

/** Starts Orthanc with nothing in it, in a network namespace of its own where that can be had: it listens on all interfaces it sees. */
export async function startOrthanc(): Promise<Orthanc> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-orthanc-'));
  const namespace = mayMakeNamespaces();
  const [webPort, dicomPort, movePort] = await Promise.all([freePort(), freePort(), freePort()]);
  const [user, password] = ['reader', 'of-scans'];
  const socket = (name: string): string => `unix:${join(folder, name)}`;
  await mkdir(join(folder, 'storage'));
  const config = join(folder, 'orthanc.json');
  await writeFile(
    config,
    JSON.stringify({
      Name: 'Test',
      StorageDirectory: join(folder, 'storage'),
      IndexDirectory: join(folder, 'storage'),
      Plugins: [PLUGIN],
      HttpPort: webPort,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: true,
      RegisteredUsers: { [user]: password },
      DicomAet: 'ORTHANC',
      DicomPort: dicomPort,
      DicomCheckCalledAet: true,
      // Only those who are named below, but for the echo.
      DicomAlwaysAllowStore: false,
      UnknownSopClassAccepted: true,
      DicomModalities: { tessera: { AET: 'TESSERA', Host: '127.0.0.1', Port: movePort } },
      ConcurrentJobs: 1,
    }),
  );
  const host = join(import.meta.dirname, 'orthanc-host.mjs');
  const inside = namespace
    ? [`${socket('web')}=tcp:${webPort}`, `${socket('dicom')}=tcp:${dicomPort}`, `tcp:${movePort}=${socket('move')}`]
    : [];
  const program = [process.execPath, host, config, ...inside];
  const child = namespace
    ? spawn('unshare', ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--', ...program], {
        stdio: ['pipe', 'ignore', 'pipe'],
      })
    : spawn(process.execPath, program.slice(1), { stdio: ['pipe', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text.toString()));
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const relays: Server[] = [];
  if (namespace)
    relays.push(
      await relay(`tcp:${webPort}`, socket('web')),
      await relay(`tcp:${dicomPort}`, socket('dicom')),
      await relay(socket('move'), `tcp:${movePort}`),
    );
  const stop = async (): Promise<void> => {
    child.stdin.end();
    for (const server of relays) server.close();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${webPort}/dicom-web`;
  for (let attempt = 0; ; attempt++) {
    const up = await fetch(`${url}/studies`, { signal: AbortSignal.timeout(2000) }).then(
      ({ status }) => status === 401,
      () => false,
    );
    if (up) break;
    if (attempt > 150 || child.exitCode !== null) {
      await stop();
      throw new Error(`Orthanc did not start: ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { url, host: '127.0.0.1', port: dicomPort, calledAet: 'ORTHANC', movePort, user, password, stop };
}

/** A port of loopback that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function mayMakeNamespaces(): boolean {
  const flags = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  return spawnSync('unshare', ['--net', ...flags, '--', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status === 0;
}
