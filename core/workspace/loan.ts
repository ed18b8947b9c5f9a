import { TesseraError } from '../base/errors.ts';
import { seeLock } from './lock-file.ts';

/**
 * The right to add to a workspace, lent by the process that holds its lock to a child process that works for it. The child may store new scans
 * and layers, which nobody else knows yet; whatever changes what is there stays with the lender. The loan ends when the lock changes hands.
 */
export interface Loan {
  /** Token of the lender's lock. */
  readonly token: string;
}

/** The lender's lock, as the borrower sees it. */
export class LentLock {
  readonly #path: string;
  readonly #token: string;
  lost: string | undefined;

  constructor(path: string, { token }: Loan) {
    this.#path = path;
    this.#token = token;
  }

  /** To be called before every writing. @throws TesseraError `read-only` when the lender has let go of the workspace */
  async check(): Promise<void> {
    if ((await seeLock(this.#path).catch(() => undefined))?.holder?.token !== this.#token) this.lost = 'The lender has closed it.';
    if (this.lost === undefined) return;
    throw new TesseraError('read-only', `The workspace can no longer be written to. ${this.lost}`, {
      advice: 'Close it and open it again.',
    });
  }

  release(): Promise<void> {
    this.lost ??= 'It was closed.';
    return Promise.resolve();
  }
}
