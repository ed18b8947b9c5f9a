import { rm, utimes } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { TesseraError } from '../base/errors.ts';
import { errorCode, writeFailed } from './disk-trouble.ts';
import { newId } from './ids.ts';
import {
  createLock,
  forgetHolder,
  inWords,
  newHolder,
  replaceLock,
  seeLock,
  stateOf,
  type LockHolder,
  type SeenLock,
} from './lock-file.ts';

/** All in milliseconds. */
export interface LockTimes {
  /** From one sign of life to the next. */
  readonly beat: number;
  /** A lock without a sign of life for so long is looked at closely. */
  readonly old: number;
  /** How long an old lock is watched before it counts as left behind; several beats. */
  readonly watch: number;
  /** How long a taken lock is left alone, so that of several takers only the last goes on. */
  readonly settle: number;
}

const usualTimes: LockTimes = { beat: 5000, old: 60_000, watch: 12_000, settle: 200 };

/**
 * The right to write in a workspace: a file with process number, computer and a sign of life every few seconds. A lock whose process is gone
 * from this computer is taken over at once; one from elsewhere when it has shown no life for a minute and then for twelve seconds more while
 * we watch, so clocks need not agree.
 */
export class Lock {
  readonly #path: string;
  readonly #holder: LockHolder;
  readonly #timer: NodeJS.Timeout;
  /** Why it is no longer ours. */
  lost: string | undefined;

  private constructor(path: string, holder: LockHolder, beat: number) {
    this.#path = path;
    this.#holder = holder;
    this.#timer = setInterval(() => void this.#showLife().catch(() => undefined), beat).unref();
  }

  /** What tells this lock from every other. */
  get token(): string {
    return this.#holder.token;
  }

  /**
   * @returns the lock, or who has it, in words
   * @throws Error of the system when the place takes no file
   */
  static async take(path: string, times: LockTimes = usualTimes): Promise<Lock | string> {
    const holder = newHolder(newId());
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        if (await createLock(path, holder)) return new Lock(path, holder, times.beat);
        const seen = await seeLock(path);
        if (seen === undefined) continue;
        if (!(await isLeftBehind(path, seen, times))) return refused(holder, seen.holder);
        // Someone else may have come to the same conclusion meanwhile.
        if ((await seeLock(path))?.text !== seen.text) continue;
        await replaceLock(path, holder);
        await pause(times.settle);
        if ((await seeLock(path))?.holder?.token === holder.token) return new Lock(path, holder, times.beat);
      }
      return refused(holder, (await seeLock(path))?.holder);
    } catch (error) {
      forgetHolder(holder);
      throw error;
    }
  }

  /**
   * To be called before every writing.
   * @throws TesseraError `read-only` when another process has taken it over; `write-failed` when the place cannot be reached
   */
  async check(): Promise<void> {
    if (this.lost === undefined) await this.#look();
    if (this.lost === undefined) return;
    throw new TesseraError('read-only', `The workspace can no longer be written to. ${this.lost}`, {
      advice: 'Close it and open it again.',
    });
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    // Let go before looking, so that no sign of life comes after.
    const mine = this.lost === undefined && (await this.#isMine().catch(() => false));
    if (mine) await rm(this.#path, { force: true }).catch(() => undefined);
    this.lost ??= 'It was closed.';
    forgetHolder(this.#holder);
  }

  async #look(): Promise<void> {
    try {
      if (await this.#isMine()) return;
      const other = (await seeLock(this.#path))?.holder;
      // A lock that someone removed by hand is put back; on a drive that is gone this fails.
      if (other === undefined && (await createLock(this.#path, this.#holder))) return;
      this.lost = inWords(other);
    } catch (cause) {
      throw writeFailed(this.#path, cause);
    }
  }

  async #isMine(): Promise<boolean> {
    return (await seeLock(this.#path))?.holder?.token === this.#holder.token;
  }

  async #showLife(): Promise<void> {
    if (this.lost !== undefined || !(await this.#isMine())) return;
    await utimes(this.#path, new Date(), new Date());
  }
}

function refused(mine: LockHolder, other: LockHolder | undefined): string {
  forgetHolder(mine);
  return inWords(other);
}

async function isLeftBehind(path: string, seen: SeenLock, times: LockTimes): Promise<boolean> {
  const state = stateOf(seen.holder);
  if (state !== 'unknown') return state === 'dead';
  if (seen.holder !== undefined && Math.abs(Date.now() - seen.changed) < times.old) return false;
  // One that cannot be read is about to be written, or its process was killed at that.
  await pause(seen.holder === undefined ? times.settle : times.watch);
  const later = await seeLock(path);
  return later?.text === seen.text && later.changed === seen.changed;
}

/** Why no lock could be made where nothing may be written. */
export function lockTrouble(error: unknown): string | undefined {
  const code = errorCode(error);
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return 'It lies where nothing may be written.';
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'The disk is full.' : undefined;
}
