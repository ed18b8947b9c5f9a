import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostDoor } from '../../../electron/host-run.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface SocketHost {
  ready(): Promise<HostDoor>;
  close(): Promise<void>;
}

/** A real server on a real socket, in the place of the host. */
export async function openSocketHost(answer: Answer): Promise<SocketHost> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-electron-'));
  const socketPath = process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, '')}` : join(folder, 'host.sock');
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(socketPath, resolve));
  return {
    ready: () => Promise.resolve({ socketPath, secret: 'f'.repeat(64) }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same, gone when the test is. */
export async function socketHost(answer: Answer): Promise<SocketHost> {
  const host = await openSocketHost(answer);
  onTestFinished(() => host.close());
  return host;
}
