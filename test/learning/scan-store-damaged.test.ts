import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { startBackend, type Backend } from '../../core/compute/index.ts';
import { pretrain, resumePretrain, type PretrainOptions } from '../../core/learning/index.ts';
import { checkpointBytes, recorded, smallData, temporary, tinyPretraining } from './support/tiny.ts';

let backend: Backend;
let work: string;
let data: string;
let out: string;

beforeAll(async () => {
  backend = await startBackend();
  work = temporary();
}, 180_000);
afterAll(() => rmSync(work, { recursive: true }));
beforeEach(() => {
  data = smallData(4);
  out = join(work, `run ${readdirSync(work).length}`);
  mkdirSync(join(work, `${readdirSync(work).length}`));
  return () => rmSync(data, { recursive: true });
});

const options = (changes: Readonly<Record<string, unknown>> = {}): PretrainOptions => ({
  data,
  out,
  settings: tinyPretraining(changes),
  seed: 3,
  backend,
});
const images = (): string[] => readdirSync(join(data, 'images')).sort();
const imagePath = (index: number): string => join(data, 'images', images()[index] ?? '');

/** Cuts the voxels short behind a whole header. */
function damageVoxels(path: string): void {
  const whole = gunzipSync(readFileSync(path));
  writeFileSync(path, gzipSync(whole.subarray(0, whole.length - 1000)));
}

describe('a damaged scan', () => {
  it('with a bad header stops the run before it begins, and names the file', async () => {
    writeFileSync(imagePath(1), 'no scan');
    await expect(pretrain(options(), silentTask)).rejects.toMatchObject({ code: 'bad-file', subject: imagePath(1) });
    expect(readdirSync(work)).not.toContain(out.split('/').at(-1));
  });

  it('with bad voxels stops the run when its turn comes, and names the file', async () => {
    damageVoxels(imagePath(2));
    await expect(pretrain(options(), silentTask)).rejects.toMatchObject({ code: 'bad-file', subject: imagePath(2) });
  });

  it('is passed over on request, with one line in the log, and a run that is resumed does the same', async () => {
    damageVoxels(imagePath(2));
    writeFileSync(imagePath(0), 'no scan');
    const whole = options({ skipDamaged: true });
    await pretrain(whole, silentTask);
    const log = readFileSync(join(whole.out, 'log.txt'), 'utf8');
    for (const index of [0, 2]) expect(log.split(imagePath(index))).toHaveLength(2);
    for (const index of [1, 3]) expect(log).not.toContain(imagePath(index));
    const parts = { ...whole, out: `${whole.out} parts` };
    await pretrain({ ...parts, stopAfter: 3 }, silentTask);
    await resumePretrain(parts.out, silentTask);
    expect(checkpointBytes(parts.out, 8).equals(checkpointBytes(whole.out, 8))).toBe(true);
    expect(await recorded(parts.out)).toEqual(await recorded(whole.out));
  });

  it('is an error when there is no other', async () => {
    for (const index of [0, 1, 2, 3]) damageVoxels(imagePath(index));
    await expect(pretrain(options({ skipDamaged: true }), silentTask)).rejects.toMatchObject({ code: 'no-data' });
  });
});

describe('the cache of a run', () => {
  it('stays while the run can go on, holds what was read, changes no number, and is gone when the run is complete', async () => {
    const parts = options();
    await pretrain({ ...parts, stopAfter: 4 }, silentTask);
    expect(readdirSync(join(parts.out, 'cache'))).toHaveLength(4);
    await resumePretrain(parts.out, silentTask);
    expect(readdirSync(parts.out)).not.toContain('cache');
    const without = { ...options({ cacheBytes: 0 }), out: `${parts.out} without` };
    await pretrain({ ...without, stopAfter: 4 }, silentTask);
    expect(readdirSync(without.out)).not.toContain('cache');
    await resumePretrain(without.out, silentTask);
    expect(checkpointBytes(parts.out, 8).equals(checkpointBytes(without.out, 8))).toBe(true);
  });
});
