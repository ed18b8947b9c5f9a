import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { createWorkspace, openWorkspace, type Workspace } from '../workspace/index.ts';
import type { Status } from './api/status.ts';
import { engineProgram } from './engine/program.ts';
import { EventLog } from './event-log.ts';
import { WorkspaceHost, type WorkspaceHostOptions } from './workspace-host.ts';

export interface HostOptions {
  /** Of the program, as it is shown. */
  readonly version: string;
  /** Whether the page is shown in the desktop window. */
  readonly desktop: boolean;
  readonly work?: Partial<WorkspaceHostOptions>;
}

/** What the routes work with: the open workspace and everything that happens. */
export class Host {
  readonly events = new EventLog();
  readonly #options: HostOptions;
  #opened: WorkspaceHost | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /**
   * Opens a workspace in place of the one that was open; a new or empty folder becomes one.
   * @throws TesseraError `bad-setting` when the folder holds something else, `not-found`, `bad-file`, `write-failed`
   */
  async openWorkspace(folder: string): Promise<void> {
    const workspace = await openOrCreate(resolve(folder));
    await this.#opened?.close();
    this.#opened = await WorkspaceHost.open(workspace, this.events, {
      engineProgram: engineProgram(),
      backend: 'auto',
      ...this.#options.work,
    });
    this.events.publish('workspace', { workspace: this.#opened.summary() });
  }

  /** The open workspace. @throws TesseraError `no-data` when there is none */
  get workspace(): WorkspaceHost {
    if (this.#opened !== undefined) return this.#opened;
    throw new TesseraError('no-data', 'No workspace is open.', { advice: 'Open one first.' });
  }

  /** Gets ready what the first request will need, without waiting for it. */
  warmUp(): void {
    this.#opened?.engines.warmUp();
  }

  status(): Status {
    const opened = this.#opened;
    return {
      version: this.#options.version,
      backend: opened?.engines.backend ?? null,
      engine: opened?.engines.state ?? 'idle',
      workspace: opened?.summary() ?? null,
      desktop: this.#options.desktop,
    };
  }

  /** Lets go of everything; what was at work goes on when the workspace is opened again. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.close();
  }
}

async function openOrCreate(folder: string): Promise<Workspace> {
  if (existsSync(join(folder, 'workspace.json'))) return openWorkspace(folder);
  const names = await readdir(folder).catch(() => []);
  if (names.some((name) => !name.startsWith('.')))
    throw new TesseraError('bad-setting', 'holds files, but no workspace.', { subject: folder, advice: 'Give a new or empty folder.' });
  return createWorkspace(folder, { name: basename(folder) });
}
