import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';

/** A place where a host can listen, which only this user can reach. */
export interface HostSocket {
  readonly path: string;
  remove(): Promise<void>;
}

export interface SocketSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A fresh address for each start of the host, so that nothing of an earlier one is in its way.
 * Linux and macOS: a socket in a new folder of mode 0700. Windows: a named pipe with 128 random bits in its name, which others may not write to.
 */
export async function newHostSocket({ platform, env }: SocketSurroundings = process): Promise<HostSocket> {
  if (platform === 'win32') {
    return { path: `\\\\.\\pipe\\tessera-${randomBytes(16).toString('hex')}`, remove: () => Promise.resolve() };
  }
  // mkdtemp makes the folder with mode 0700; XDG's runtime folder also ends with the user's session.
  const runtime = env['XDG_RUNTIME_DIR'];
  const parent = platform === 'linux' && runtime !== undefined && posix.isAbsolute(runtime) ? runtime : tmpdir();
  const folder = await mkdtemp(join(parent, 'tessera-')).catch(() => mkdtemp(join(tmpdir(), 'tessera-')));
  return { path: join(folder, 'host.sock'), remove: () => rm(folder, { recursive: true, force: true }) };
}
