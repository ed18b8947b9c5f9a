import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ViewWorkers } from '../../core/learning/view-workers.ts';
import { checkpointBytes, smallData, temporary } from './support/tiny.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
// Threads need compiled code: this Node may not run TypeScript.
const compiled = existsSync(main) ? describe : describe.skip;

const settings: Readonly<Record<string, string>> = {
  'encoder.width': '24',
  'encoder.depth': '2',
  'encoder.heads': '2',
  patch: '8,8,8',
  'decoder.width': '12',
  'decoder.depth': '1',
  'decoder.heads': '2',
  globalSize: '16,24,16',
  localSize: '8,16,16',
  batch: '2',
};

compiled(existsSync(main) ? 'views cut in threads' : 'views cut in threads (skipped: dist/ is absent, run npm test)', () => {
  let data: string;
  let work: string;
  beforeAll(() => {
    data = smallData(4);
    work = temporary();
  });
  afterAll(() => {
    for (const folder of [data, work]) rmSync(folder, { recursive: true });
  });
  /** A pre-training run in a process of its own, which must end by itself. */
  const pretrain = (out: string, changes: Readonly<Record<string, string>>, folder = data): { status: number | null; said: string } => {
    const set = Object.entries({ ...settings, ...changes }).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const args = [main, 'pretrain', '--data', folder, '--out', join(work, out), '--epochs', '3', ...set];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 100_000 });
    return { status, said: stderr };
  };

  it('are those cut in the training thread, bit for bit, however many threads and however far ahead', () => {
    expect(pretrain('none', { prefetch: '0' })).toMatchObject({ status: 0 });
    expect(pretrain('one', { prefetch: '1' })).toMatchObject({ status: 0 });
    expect(pretrain('three', { prefetch: '5', viewWorkers: '3' })).toMatchObject({ status: 0 });
    for (const out of ['one', 'three'])
      expect(checkpointBytes(join(work, out), 6).equals(checkpointBytes(join(work, 'none'), 6)), out).toBe(true);
  });

  it('bring the error of a damaged scan to the user as it is', () => {
    const damaged = smallData(4);
    const path = join(damaged, 'images', readdirSync(join(damaged, 'images')).sort()[1] ?? '');
    const whole = gunzipSync(readFileSync(path));
    writeFileSync(path, gzipSync(whole.subarray(0, whole.length - 1000)));
    const [inThread, here] = [pretrain('damaged', {}, damaged), pretrain('damaged here', { prefetch: '0' }, damaged)];
    const last = (said: string): string | undefined => said.trim().split('\n').at(-1);
    expect(inThread.status).toBe(1);
    expect(last(inThread.said)).toContain(path);
    expect(last(inThread.said)).toBe(last(here.said));
    rmSync(damaged, { recursive: true });
  });
});

describe('threads', () => {
  it('are left out where they cannot be started, or are not wanted', () => {
    expect(ViewWorkers.start(0)).toBeUndefined();
  });
});
