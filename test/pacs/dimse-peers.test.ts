import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentTask, type Task } from '../../core/base/task.ts';
import { readFileMeta } from '../../core/imaging/dicom/file-meta.ts';
import { ReceivingPeer } from '../../core/pacs/dimse/receiving-peer.ts';
import { outgoingFiles, runDimse, type DimseServer } from '../../core/pacs/index.ts';
import { ReceivedFiles } from '../../core/pacs/received-files.ts';
import { compileImaging } from '../imaging/support/compiled.ts';
import { ctSlice, dicomFile } from '../imaging/support/dicom-writer.ts';
import { freePort } from './support/orthanc.ts';

const open: { server: Server; sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Something on loopback that a job may take for a PACS. */
async function start(talk: (socket: Socket) => void, timeoutSeconds = 2): Promise<DimseServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ server, sockets });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, aet: 'TESSERA', calledAet: 'PACS', timeoutSeconds };
}

const temporary = (): string => mkdtempSync(join(tmpdir(), 'tessera-dimse-'));
const dataSet = (path: string): Buffer => {
  const bytes = readFileSync(path);
  return bytes.subarray(readFileMeta(bytes)?.dataSetStart);
};

it('files sent arrive as the same bytes, compressed, deflated and with odd elements too', async () => {
  const folder = temporary();
  const uids = { '0020000dUI': '1.2.3.1', '00091001LO': 'private', '00081140SQ': { items: [{ '00081150UI': '1.2.3' }] } };
  const write = (z: number, syntax?: string): void => writeFileSync(join(folder, `${z}.dcm`), dicomFile(ctSlice(z, uids), syntax));
  write(0);
  write(1, '1.2.840.10008.1.2.4.90');
  write(2, '1.2.840.10008.1.2.1.99');
  const { files } = await outgoingFiles([folder]);
  expect(files).toHaveLength(3);
  const out = temporary();
  const received = new ReceivedFiles(out, { study: '1.2.3.1' }, 1e9);
  const failures: unknown[] = [];
  const server = await start((socket) => {
    new ReceivingPeer(socket, { aet: 'PACS', timeoutSeconds: 5, files: received, failed: (error) => failures.push(error) });
  });
  expect(await runDimse({ kind: 'send', server, files }, silentTask)).toMatchObject({ failed: [], sent: { length: 3 } });
  expect(failures).toEqual([]);
  const bytes = (paths: readonly string[]): string[] => paths.map((path) => dataSet(path).toString('base64')).sort();
  expect(bytes(received.written)).toEqual(bytes(files.map(({ path }) => path)));
});

it('a file of another study is refused by whom it is not meant for, and the sender is told', async () => {
  const folder = temporary();
  writeFileSync(join(folder, 'a.dcm'), dicomFile(ctSlice(0, { '0020000dUI': '9.9.9' })));
  const { files } = await outgoingFiles([folder]);
  const out = temporary();
  const received = new ReceivedFiles(out, { study: '1.2.3.1' }, 1e9);
  const server = await start((socket) => {
    new ReceivingPeer(socket, { aet: 'PACS', timeoutSeconds: 5, files: received, failed: () => undefined });
  });
  const { sent, failed } = await runDimse({ kind: 'send', server, files }, silentTask);
  expect(sent).toEqual([]);
  expect(failed).toEqual([{ path: files[0]?.path, reason: expect.stringContaining('(0xa900)') }]);
  expect(readdirSync(out)).toEqual([]);
});

describe.each(['in this process', 'in a process of its own'])('a server that is no good, %s', (where) => {
  let run: typeof runDimse = runDimse;

  beforeAll(async () => {
    if (where === 'in this process') return;
    const rooms = dirnameOf(await compileImaging(temporary(), ['base', 'imaging', 'pacs']));
    ({ runDimse: run } = (await import(pathToFileURL(join(rooms, 'pacs', 'dimse', 'run.js')).href)) as { runDimse: typeof runDimse });
  });

  const echo = (server: DimseServer, task: Task = silentTask): Promise<unknown> => run({ kind: 'echo', server }, task);

  it('that is dead, silent, hangs up, or speaks something else is told of in words', async () => {
    const dead = { host: '127.0.0.1', port: await freePort(), aet: 'TESSERA', calledAet: 'PACS', timeoutSeconds: 2 };
    await expect(echo(dead)).rejects.toMatchObject({
      code: 'no-connection',
      message: 'nobody listens there.',
      subject: `127.0.0.1:${dead.port} (PACS)`,
    });
    const silent = await start(() => undefined, 1);
    await expect(echo(silent)).rejects.toMatchObject({ code: 'timeout', advice: expect.stringContaining('--timeout') });
    const rude = await start((socket) => socket.end());
    await expect(echo(rude)).rejects.toMatchObject({ code: 'no-connection', advice: expect.stringContaining('--called-aet') });
    const ssh = await start((socket) => socket.write('SSH-2.0-OpenSSH\r\n'));
    await expect(echo(ssh)).rejects.toMatchObject({ code: expect.stringMatching(/no-connection|server-failed/) });
    // An associate-accept that says it is 64 KB long and never ends within the time.
    const drips = await start((socket) => {
      socket.write(Buffer.from([2, 0, 0, 1, 0, 0]));
      const timer = setInterval(() => socket.write(Buffer.alloc(10)), 100);
      socket.on('close', () => clearInterval(timer));
    }, 1);
    await expect(echo(drips)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('can be left at any time', async () => {
    const controller = new AbortController();
    const silent = await start(() => setTimeout(() => controller.abort(), 50));
    await expect(echo(silent, { ...silentTask, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(echo(silent, { ...silentTask, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('that floods is left at once', async () => {
    // One message of 4 GB.
    const floods = await start((socket) => {
      socket.write(Buffer.from([2, 0, 0xff, 0xff, 0xff, 0xff]));
      const piece = Buffer.alloc(2 ** 20);
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      more();
    }, 20);
    await expect(echo(floods)).rejects.toMatchObject({ code: 'server-failed', message: 'sends what is no DICOM message.' });
  });
});

const dirnameOf = (path: string): string => join(path, '..');
