import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostDoor } from '../../../electron/host-run.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server on a real socket, in the place of the host; it is gone when the test is. */
export async function socketHost(answer: Answer): Promise<{ door: HostDoor; ready: () => Promise<HostDoor>; server: Server }> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-electron-'));
  const socketPath = process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, '')}` : join(folder, 'host.sock');
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(socketPath, resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });
  const door = { socketPath, secret: 'f'.repeat(64) };
  return { door, ready: () => Promise.resolve(door), server };
}
