import type { BrowserWindow, Dialog, MessageBoxOptions } from 'electron';
import type { Job } from '../core/service/api/jobs.ts';

type Work = Pick<Job, 'title' | 'state' | 'uses'>;

export interface CloseGuardOptions {
  /** Rejects when the host cannot say. */
  readonly jobs: () => Promise<readonly Work[]>;
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  /** Settles when the host has had long enough to answer. */
  readonly patience: () => Promise<unknown>;
}

/** Asks before the host is stopped under work that would have to stop with it. */
export class CloseGuard {
  readonly #options: CloseGuardOptions;

  constructor(options: CloseGuardOptions) {
    this.#options = options;
  }

  /** @returns whether the host may stop: nothing runs, nobody can say, or the user wants it so */
  async mayStop(window: BrowserWindow): Promise<boolean> {
    const { jobs, patience, dialog } = this.#options;
    const nothing: string[] = [];
    const running = await Promise.race([jobs().then(busy, () => nothing), patience().then(() => nothing)]);
    if (running.length === 0 || window.isDestroyed()) return true;
    const { response } = await dialog.showMessageBox(window, question(running));
    return response === STOP;
  }

  /** The window closes when the host may stop. */
  watch(window: BrowserWindow): void {
    let isAsking = false;
    window.on('close', (event) => {
      event.preventDefault();
      // A second click while the question is open changes nothing.
      if (isAsking) return;
      isAsking = true;
      void this.mayStop(window).then((may) => {
        isAsking = false;
        if (may && !window.isDestroyed()) window.destroy();
      });
    });
  }
}

const KEEP = 0;
const STOP = 1;

function busy(jobs: readonly Work[]): string[] {
  return jobs.filter(({ state, uses }) => state === 'running' && uses === 'accelerator').map(({ title }) => title);
}

function question(running: readonly string[]): MessageBoxOptions {
  return {
    type: 'question',
    message: running.length === 1 ? 'Work is still running. Stop it?' : `${running.length} jobs are still running. Stop them?`,
    detail: `${running.join('\n')}\n\nTraining goes on from its last checkpoint when Tessera is started again.`,
    buttons: ['Keep running', 'Stop and close'],
    defaultId: KEEP,
    cancelId: KEEP,
    noLink: true,
  };
}
