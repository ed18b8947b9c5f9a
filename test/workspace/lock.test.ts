import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Lock, type LockTimes } from '../../core/workspace/lock.ts';
import { newHolder } from '../../core/workspace/lock-file.ts';
import { temporary } from './support/small.ts';

const folder = temporary();
let files = 0;
const newPath = (): string => join(folder, `lock-${files++}.json`);
const times: LockTimes = { beat: 20, old: 10_000, watch: 150, settle: 20 };

async function taken(path: string, how = times): Promise<Lock> {
  const lock = await Lock.take(path, how);
  if (typeof lock === 'string') throw new Error(lock);
  return lock;
}

/** A lock file of another holder, without a sign of life for so many milliseconds. */
function leave(path: string, holder: { host?: string; pid?: number; space?: string }, silent: number): void {
  writeFileSync(path, JSON.stringify({ ...newHolder('made-up'), ...holder, token: 'other', since: '2025-01-01T00:00:00Z' }));
  const then = new Date(Date.now() - silent);
  utimesSync(path, then, then);
}

/** The number of a process that is gone. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a lock', () => {
  it('is had by one, and by the next when it is given back', async () => {
    const path = newPath();
    const lock = await taken(path);
    expect(await Lock.take(path, times)).toMatch(/^It is open in this program already, since /);
    await lock.check();
    await lock.release();
    expect(existsSync(path)).toBe(false);
    await expect(lock.check()).rejects.toMatchObject({ code: 'read-only' });
    await (await taken(path)).release();
  });

  it('of a process that is gone from this computer is taken over at once', async () => {
    const path = newPath();
    leave(path, { pid: deadPid() }, 0);
    const lock = await taken(path);
    await lock.check();
    await lock.release();
  });

  it('with our own number from before a restart is taken over at once', async () => {
    const path = newPath();
    leave(path, { pid: process.pid }, 0);
    await (await taken(path)).release();
  });

  it('of another computer, or of other processes on this one, is left alone while it is fresh, and the holder named', async () => {
    const path = newPath();
    leave(path, { host: 'ws12', pid: deadPid() }, 1000);
    expect(await Lock.take(path, times)).toMatch(/^It is open in another process \(number \d+ on ws12\), since 2025/);
    leave(path, { space: 'pid:[1]', pid: deadPid() }, 1000);
    expect(await Lock.take(path, times)).toContain(hostname());
    leave(path, { pid: process.ppid }, 1000);
    expect(await Lock.take(path, times)).toContain(`number ${process.ppid}`);
  });

  it('of another computer that shows life although its clock is wrong is left alone', async () => {
    const path = newPath();
    leave(path, { host: 'ws12' }, 3_600_000);
    const life = setInterval(() => {
      const then = new Date(Date.now() - 3_600_000);
      utimesSync(path, then, then);
    }, 10);
    expect(await Lock.take(path, times)).toContain('ws12');
    clearInterval(life);
  });

  it('of another computer without any life is taken over', async () => {
    const path = newPath();
    leave(path, { host: 'ws12' }, 3_600_000);
    await (await taken(path)).release();
  });

  it.each(['', '{"schema":"tessera-lo', '[]'])('that was written by half (%j) is taken over', async (text) => {
    const path = newPath();
    writeFileSync(path, text);
    await (await taken(path)).release();
  });

  it('left behind goes to one of several that want it', async () => {
    const path = newPath();
    leave(path, { pid: deadPid() }, 0);
    // As long as all six may need for their writing where the disk is busy.
    const patient = { ...times, settle: 2000 };
    const answers = await Promise.all(Array.from({ length: 6 }, () => Lock.take(path, patient)));
    const locks = answers.filter((answer) => typeof answer !== 'string');
    expect(locks).toHaveLength(1);
    await locks[0]?.check();
    await locks[0]?.release();
  });

  it('shows life', async () => {
    const path = newPath();
    const lock = await taken(path);
    utimesSync(path, new Date(0), new Date(0));
    const text = readFileSync(path, 'utf8');
    await expect.poll(async () => (await import('node:fs')).statSync(path).mtimeMs, { timeout: 5000 }).toBeGreaterThan(Date.now() - 60_000);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await lock.release();
  });

  it('that another process took stays lost, is told, and is not taken back', async () => {
    const path = newPath();
    const lock = await taken(path);
    leave(path, { host: 'ws12' }, 0);
    await expect(lock.check()).rejects.toMatchObject({ code: 'read-only', message: expect.stringContaining('ws12') });
    rmSync(path);
    await expect(lock.check()).rejects.toMatchObject({ code: 'read-only' });
    await pause(3 * times.beat);
    await lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('removed by hand is put back', async () => {
    const path = newPath();
    const lock = await taken(path);
    rmSync(path);
    await lock.check();
    expect(existsSync(path)).toBe(true);
    await lock.release();
  });
});
