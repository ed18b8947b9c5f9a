import { Option, type Command } from 'commander';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import type { HostGreeting } from '../../service/api/control.ts';
import type { Serving, ServeOptions } from '../../service/serve.ts';
import { wholeNumber } from '../arguments.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { programVersion } from '../run.ts';
import type { Session } from '../session.ts';
import { firstLine } from '../first-line.ts';
import type { Verb } from '../verb.ts';

interface ServeCommandOptions {
  readonly workspace?: string;
  readonly port: number;
  readonly open?: boolean;
  readonly socket?: string;
}

export const serveVerb: Verb = {
  name: 'serve',
  summary: 'the workstation in a browser, on 127.0.0.1: prints the address to open',
  writes: 'the workspace',
  define: (command: Command) =>
    command
      .option('--workspace <dir>', 'folder of the workspace; a new or empty one becomes one (~/Tessera unless given)')
      .option('--port <n>', 'port on 127.0.0.1; 0 for any that is free', wholeNumber(0, 65535), 0)
      .option('--open', 'open the address in the browser')
      // How the desktop shell starts its host (core/service/api/control.ts).
      .addOption(new Option('--socket <path>', 'listen on a socket for the desktop shell').hideHelp()),
  run: (session, _args, options) => {
    const given = options as ServeCommandOptions;
    return given.socket === undefined ? serveForBrowser(session, given) : serveForDesktop(session, given, given.socket);
  },
};

async function serveForBrowser(session: Session, { workspace, port, open }: ServeCommandOptions): Promise<void> {
  const { serveBrowser } = await import('../../service/serve.ts');
  const folder = workspace ?? join(homedir(), 'Tessera');
  const serving = await serveBrowser(port, serveOptions(session, folder));
  const { address } = serving;
  session.answer({ address, workspace: folder }, `Open ${address}   (Ctrl-C closes)`);
  if (open === true) openInBrowser(address);
  await untilInterrupted(session, serving);
}

async function serveForDesktop(session: Session, { workspace }: ServeCommandOptions, socket: string): Promise<void> {
  const shell = firstLine(process.stdin);
  try {
    const secret = await shell.line;
    const { controlSecret } = await import('../../service/api/control.ts');
    if (!controlSecret.safeParse(secret).success) throw new TesseraError('usage', 'The first line of standard input is no control secret.');
    const { serveDesktop } = await import('../../service/serve.ts');
    const serving = await serveDesktop(socket, secret, serveOptions(session, workspace));
    greet(session, { ready: true, version: programVersion() });
    await untilInterrupted(session, serving, shell.ended);
  } catch (error) {
    const { wireError } = await import('../../service/wire-error.ts');
    greet(session, { ready: false, error: wireError(error) });
    throw error;
  }
}

function greet(session: Session, greeting: HostGreeting): void {
  session.answer(greeting, JSON.stringify(greeting));
}

function serveOptions({ options }: Session, workspace: string | undefined): ServeOptions {
  const { backend, threads } = options;
  return {
    version: programVersion(),
    ...(workspace === undefined ? {} : { workspace }),
    work: { backend, ...(threads === undefined ? {} : { threads }) },
  };
}

async function untilInterrupted({ task }: Session, serving: Serving, ended?: Promise<void>): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    if (task.signal.aborted) resolve();
    else task.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race(ended === undefined ? [interrupted] : [interrupted, ended]);
  await serving.close();
}
