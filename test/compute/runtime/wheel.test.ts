import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cudaRequirements } from '../../../core/compute/runtime/cuda-requirements.ts';
import { unpackWheel, wheelName } from '../../../core/compute/runtime/wheel.ts';
import { recordHash, writeWheel } from './support/made-wheel.ts';

let folder: string;
let wheel: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-wheel-'));
  wheel = join(folder, 'made-1.0-py3-none-any.whl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const place = (name: string): string | undefined => (name.startsWith('made/') ? name.slice('made/'.length) : undefined);
// Larger than the files that are unpacked in one piece, and not repeating within the compressor's window.
const large = Array.from({ length: 40_000 }, (_, i) => createHash('sha1').update(String(i)).digest('hex')).join('\n');

describe('unpacking a wheel', () => {
  it('unpacks what is asked for, with the hashes of its RECORD', async () => {
    await writeWheel(wheel, { files: { 'made/a.h': 'one', 'made/deep/b.so': large, 'other/c': 'three' } });
    const files = await unpackWheel(wheel, join(folder, 'out'), { place });
    expect(files.map((file) => file.path).sort()).toEqual(['a.h', 'deep/b.so']);
    expect(await readFile(join(folder, 'out', 'a.h'), 'utf8')).toBe('one');
    expect(await readFile(join(folder, 'out', 'deep', 'b.so'), 'utf8')).toBe(large);
    expect(await readdir(join(folder, 'out'))).toEqual(['a.h', 'deep']);
    const sha256 = createHash('sha256').update(large).digest('hex');
    expect(files.find((file) => file.path === 'deep/b.so')).toEqual({ path: 'deep/b.so', bytes: large.length, sha256 });
  });

  it.each(['made/a.h', 'made/b.so'])('refuses a wheel whose %s differs from its RECORD', async (name) => {
    await writeWheel(wheel, { files: { 'made/a.h': 'one', 'made/b.so': large }, falseHashes: { [name]: recordHash('something else') } });
    await expect(unpackWheel(wheel, join(folder, 'out'), { place })).rejects.toMatchObject({
      code: 'bad-file',
      subject: 'made-1.0-py3-none-any.whl',
      message: expect.stringContaining(name),
    });
  });

  it('refuses a file that the RECORD does not list with a hash', async () => {
    await writeWheel(wheel, { files: { 'made/a.h': 'one' }, falseHashes: { 'made/a.h': '' } });
    await expect(unpackWheel(wheel, join(folder, 'out'), { place })).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('refuses a wheel without a RECORD', async () => {
    await writeWheel(wheel, { files: { 'made/a.h': 'one' }, withRecord: false });
    await expect(unpackWheel(wheel, join(folder, 'out'), { place })).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('RECORD'),
    });
  });

  it('refuses a wheel that would write outside the folder', async () => {
    await writeWheel(wheel, { files: { 'made/../../outside': 'one' } });
    await expect(unpackWheel(wheel, join(folder, 'out'), { place })).rejects.toMatchObject({ code: 'bad-file' });
    expect(await readdir(folder)).toEqual(['made-1.0-py3-none-any.whl']);
  });

  it('refuses a wheel that was cut off, and what is no zip', async () => {
    await writeWheel(wheel, { files: { 'made/a.h': 'one', 'made/b.so': large } });
    await truncate(wheel, 2000);
    await expect(unpackWheel(wheel, join(folder, 'out'), { place })).rejects.toMatchObject({ code: 'bad-file' });
    await writeFile(wheel, 'not found');
    await expect(unpackWheel(wheel, join(folder, 'out'), { place })).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('stops when cancelled', async () => {
    await writeWheel(wheel, { files: { 'made/a.h': 'one' } });
    await expect(unpackWheel(wheel, join(folder, 'out'), { place, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('what a wheel says of itself', () => {
  it('names distribution and version', () => {
    expect(wheelName('/x/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl')).toEqual({
      distribution: 'tensorflow_cpu',
      version: '2.21.0',
    });
    expect(() => wheelName('tensorflow.tar.gz')).toThrow('not the name of a wheel');
  });

  it('lists the CUDA wheels of the and-cuda extra and nothing else', async () => {
    await writeWheel(wheel, {
      files: {},
      // Lines as in the METADATA of tensorflow 2.18 and, with parentheses, of older wheels.
      metadata: [
        'Name: tensorflow',
        'Requires-Dist: absl-py>=1.0.0',
        'Requires-Dist: nvidia-cublas-cu12==12.5.3.2; extra == "and-cuda"',
        "Requires-Dist: nvidia-nccl-cu12 (==2.23.4) ; extra == 'and-cuda'",
        'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"',
        'Requires-Dist: tensorboard~=2.18.0',
      ].join('\n'),
    });
    expect(await cudaRequirements(wheel)).toEqual([
      'nvidia-cublas-cu12==12.5.3.2',
      'nvidia-nccl-cu12==2.23.4',
      'nvidia-cudnn-cu12<10.0,>=9.3.0.75',
    ]);
  });
});
