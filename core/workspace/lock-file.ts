import { open, readFile, rm, stat } from 'node:fs/promises';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { errorCode } from './disk-trouble.ts';

const holderSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** Where process numbers mean the same: two containers of one name may share a disk, but no processes. */
  space: z.string(),
  token: z.string(),
  since: z.string(),
});
export type LockHolder = z.infer<typeof holderSchema>;

/** A lock file as it was found. The time changes with each sign of life. */
export interface SeenLock {
  readonly text: string;
  readonly changed: number;
  /** Undefined while it is being written, or when it is damaged. */
  readonly holder: LockHolder | undefined;
}

/** Tokens of the locks that this process holds: a lock with our number that is not among them is left from an earlier process. */
const ownTokens = new Set<string>();

export function newHolder(token: string): LockHolder {
  ownTokens.add(token);
  return { pid: process.pid, host: hostname(), space: processSpace(), token, since: new Date().toISOString() };
}

export function forgetHolder({ token }: LockHolder): void {
  ownTokens.delete(token);
}

export async function seeLock(path: string): Promise<SeenLock | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, changed: mtimeMs, holder: parsed(text) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @returns false when there is one already */
export async function createLock(path: string, holder: LockHolder): Promise<boolean> {
  let file;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(lockText(holder));
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

export function replaceLock(path: string, holder: LockHolder): Promise<void> {
  return writeFileAtomic(path, lockText(holder));
}

/** Certain only where it says `dead` or `alive`; a process elsewhere, or one that may have got the number of another, is `unknown`. */
export function stateOf(holder: LockHolder | undefined): 'dead' | 'alive' | 'unknown' {
  if (holder === undefined || holder.host !== hostname() || holder.space !== processSpace()) return 'unknown';
  if (holder.pid === process.pid) return ownTokens.has(holder.token) ? 'alive' : 'dead';
  try {
    process.kill(holder.pid, 0);
    return 'unknown';
  } catch (error) {
    return errorCode(error) === 'ESRCH' ? 'dead' : 'unknown';
  }
}

export function inWords(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'It is open in another process.';
  const where = stateOf(holder) === 'alive' ? 'in this program already' : `in another process (number ${holder.pid} on ${holder.host})`;
  return `It is open ${where}, since ${holder.since}.`;
}

function lockText(holder: LockHolder): string {
  return JSON.stringify({ schema: 'tessera-lock/1', ...holder }) + '\n';
}

function parsed(text: string): LockHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
