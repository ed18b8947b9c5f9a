import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from '../../base/task.ts';

const staleAfterMs = 15 * 60_000;

/**
 * Runs `work` while no other process does the same, by a folder as the lock (making one is atomic everywhere).
 * A lock whose process has died is taken over at once; one from another machine (a shared home), after a quarter of an hour.
 */
export async function withBuildLock<T>(lock: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  while (!(await takeLock(lock))) {
    if (signal?.aborted === true) throw cancelled();
    await wait(200);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  const owner = join(lock, 'owner.json');
  try {
    await mkdir(lock);
    await writeFile(owner, JSON.stringify({ host: hostname(), pid: process.pid }));
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if (await isAbandoned(lock, owner)) await rm(lock, { recursive: true, force: true });
  return false;
}

async function isAbandoned(lock: string, owner: string): Promise<boolean> {
  const made = await stat(lock).catch(() => undefined);
  if (made === undefined) return false;
  const age = Date.now() - made.mtimeMs;
  const text = await readFile(owner, 'utf8').catch(() => undefined);
  // Killed between making the folder and signing it.
  if (text === undefined || text === '') return age > 5_000;
  const { host, pid } = JSON.parse(text) as { readonly host: string; readonly pid: number };
  return host === hostname() ? !isAlive(pid) : age > staleAfterMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
