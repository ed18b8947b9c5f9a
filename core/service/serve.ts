import { createApp, type AppOptions } from './app.ts';
import { browserDoor } from './doors/browser-door.ts';
import { desktopDoor } from './doors/desktop-door.ts';
import { listen } from './doors/listen.ts';
import { newSecret } from './doors/token.ts';
import { Host } from './host.ts';
import type { WorkspaceHostOptions } from './workspace-host.ts';

export interface ServeOptions extends AppOptions {
  /** Of the program. */
  readonly version: string;
  /** Folder of the workspace; a new or empty one becomes one. None is open without it. */
  readonly workspace?: string;
  readonly work?: Partial<WorkspaceHostOptions>;
}

/** A host that can be reached. */
export interface Serving {
  readonly host: Host;
  /** Lets go of everything; jobs at work go on when the workspace is opened again. */
  close(): Promise<void>;
}

/**
 * Serves a browser on this computer.
 * @param port on 127.0.0.1; 0 for any
 * @returns with the address to open: whoever has it is let in
 * @throws TesseraError as `Host.openWorkspace` and `listen`
 */
export async function serveBrowser(port: number, options: ServeOptions): Promise<Serving & { readonly address: string }> {
  const host = await openHost(options, false);
  const token = newSecret();
  try {
    const listening = await listen(browserDoor(createApp(host, options), { token }), { port });
    host.warmUp();
    return { host, address: `http://127.0.0.1:${listening.port}/?token=${token}`, close: closing(host, listening) };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/**
 * Serves the desktop shell.
 * @param socket path of a unix socket, or name of a pipe
 * @param secret of the shell, for `/control`
 */
export async function serveDesktop(socket: string, secret: string, options: ServeOptions): Promise<Serving> {
  const host = await openHost(options, true);
  try {
    const listening = await listen(desktopDoor(createApp(host, options), host, secret), { socket });
    host.warmUp();
    return { host, close: closing(host, listening) };
  } catch (error) {
    await host.close();
    throw error;
  }
}

async function openHost({ version, workspace, work }: ServeOptions, desktop: boolean): Promise<Host> {
  const host = new Host({ version, desktop, ...(work === undefined ? {} : { work }) });
  if (workspace !== undefined) await host.openWorkspace(workspace);
  return host;
}

function closing(host: Host, listening: { close(): Promise<void> }): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= listening.close().then(() => host.close()));
}
