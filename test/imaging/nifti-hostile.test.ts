import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTesseraError } from '../../core/base/errors.ts';
import { readNifti, writeNifti } from '../../core/imaging/index.ts';
import { straight, volumeFrom } from './support/volumes.ts';

let folder = '';
let good: Buffer = Buffer.alloc(0);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-nifti-'));
  const path = join(folder, 'good.nii');
  await writeNifti(
    path,
    volumeFrom(straight([7, 6, 5], [1, 2, 3]), (i, j, k) => i + 10 * j + 100 * k, new Int16Array(210)),
  );
  good = await readFile(path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The good file with one header field changed. */
function changed(edit: (header: Buffer) => unknown, tail = 0): Buffer {
  const copy = Buffer.concat([good, Buffer.alloc(tail)]);
  edit(copy);
  return copy;
}

const gigabyte = 1024 ** 3;

describe('hostile files', () => {
  it.each<[string, (h: Buffer) => unknown]>([
    ['vox_offset 1e30', (h) => h.writeFloatLE(1e30, 108)],
    ['vox_offset NaN', (h) => h.writeFloatLE(NaN, 108)],
    ['vox_offset −352', (h) => h.writeFloatLE(-352, 108)],
    ['vox_offset 16, inside the header', (h) => h.writeFloatLE(16, 108)],
    ['seven axes of 32767', (h) => [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767].forEach((v, i) => h.writeInt16LE(v, 40 + 2 * i))],
    ['dim[0] = 8', (h) => h.writeInt16LE(8, 40)],
  ])('%s is refused, plain and compressed', async (_what, edit) => {
    const bytes = changed(edit);
    const options = { volumeIndex: 0 };
    await expect(readNifti(await file('hostile.nii', bytes), options)).rejects.toMatchObject({ code: 'bad-file' });
    await expect(readNifti(await file('hostile.nii.gz', gzipSync(bytes)), options)).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('a gzip bomb behind a small image is stopped', async () => {
    const path = await file(
      'bomb.nii.gz',
      Buffer.concat([gzipSync(good), ...Array<Buffer>(8).fill(gzipSync(Buffer.alloc(32 * 1024 ** 2)))]),
    );
    const before = process.memoryUsage().rss;
    await expect(readNifti(path)).rejects.toMatchObject({ code: 'bad-file', message: expect.stringContaining('far more data') });
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it('a compressed header that claims 2 GB takes no memory for it', async () => {
    const header = changed((h) => [3, 32767, 32767, 1].forEach((v, i) => h.writeInt16LE(v, 40 + 2 * i)));
    // Large enough that deflate could have held the claim.
    const path = await file('claims.nii.gz', gzipSync(Buffer.concat([header, Buffer.alloc(3e6, 'noise, '), randomBytes(2.2e6)])));
    const before = process.memoryUsage();
    await expect(readNifti(path, { maxBytes: 4e9 })).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/2\.1 GB are needed/),
    });
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(gigabyte / 4);
  });

  it('a small compressed file that truly holds 600 MB of zeros is not unpacked unless asked', async () => {
    const header = changed((h) => [3, 20000, 15000, 1].forEach((v, i) => h.writeInt16LE(v, 40 + 2 * i)));
    const members = [gzipSync(header.subarray(0, 352)), ...Array<Buffer>(12).fill(gzipSync(Buffer.alloc(5e7)))];
    const path = await file('zeros.nii.gz', Buffer.concat(members));
    await expect(readNifti(path)).rejects.toMatchObject({ code: 'too-large', advice: expect.stringContaining('maxBytes') });
  });

  it('a scan over the limit is refused before it is read', async () => {
    await expect(readNifti(await file('limit.nii', good), { maxBytes: 419 })).rejects.toMatchObject({
      code: 'too-large',
      message: 'holds 420 bytes of voxels; the limit is 419 bytes.',
    });
    expect((await readNifti(join(folder, 'limit.nii'), { maxBytes: 420 })).volume.voxels.length).toBe(210);
  });

  it('a folder, a missing file, a device, a picture and an unreadable name are refused in words', async () => {
    await mkdir(join(folder, 'folder.nii'));
    await expect(readNifti(join(folder, 'folder.nii'))).rejects.toMatchObject({ code: 'bad-file', message: 'is a folder, not a file.' });
    await expect(readNifti(join(folder, 'absent.nii'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(readNifti(join(folder, 'good.nii', 'x.nii'))).rejects.toMatchObject({ code: 'not-found' });
    await symlink('/dev/zero', join(folder, 'zero.nii'));
    await expect(readNifti(join(folder, 'zero.nii'))).rejects.toMatchObject({ code: 'bad-file', message: 'is not a regular file.' });
    const jpeg = await file('picture.nii', Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Array<number>(500).fill(7)]));
    await expect(readNifti(jpeg)).rejects.toMatchObject({ code: 'bad-file', message: 'is not a NIfTI file: it is a JPEG picture.' });
    await expect(readNifti(join(folder, 'nul\0.nii'))).rejects.toMatchObject({ name: 'TesseraError' });
  });

  it('64-bit integers beyond 2^53 are refused, those below are exact', async () => {
    const int64 = (value: bigint): Buffer =>
      changed((h) => {
        h.writeInt16LE(1024, 70);
        h.writeInt16LE(64, 72);
        for (let at = 352; at + 8 <= h.length; at += 8) h.writeBigInt64LE(value, at);
      }, 210 * 6);
    const { volume } = await readNifti(await file('wide.nii', int64(-9007199254740991n)));
    expect(volume.voxels[209]).toBe(-9007199254740991);
    await expect(readNifti(await file('wider.nii', int64(9007199254740993n)))).rejects.toMatchObject({ code: 'unsupported-file' });
  });

  it('a slope of 0 or NaN means none, an infinite one is reported', async () => {
    const withSlope = async (slope: number): Promise<unknown> => {
      const scan = await readNifti(
        await file(
          'slope.nii',
          changed((h) => h.writeFloatLE(slope, 112) && h.writeFloatLE(5, 116)),
        ),
      );
      return [scan.volume.slope, scan.volume.intercept, scan.findings.map((f) => f.code)];
    };
    expect(await withSlope(0)).toEqual([1, 0, []]);
    expect(await withSlope(NaN)).toEqual([1, 0, []]);
    expect(await withSlope(2)).toEqual([2, 5, []]);
    expect(await withSlope(Infinity)).toEqual([1, 0, ['scaling']]);
  });

  it('a signal ends the reading', async () => {
    const signal = AbortSignal.abort();
    await expect(readNifti(join(folder, 'good.nii'), { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('no change of a few bytes makes it crash, hang or return the wrong number of voxels', async () => {
    const place = fc.oneof({ weight: 3, arbitrary: fc.nat(351) }, { weight: 1, arbitrary: fc.nat(771) });
    const edits = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(900), fc.boolean(), async (changes, cut, zipped) => {
        const bytes = changed((h) => changes.forEach(([at, value]) => h.writeUInt8(value, at))).subarray(0, cut > 772 ? 772 : cut);
        const path = await file(zipped ? 'fuzz.nii.gz' : 'fuzz.nii', zipped ? gzipSync(bytes) : bytes);
        try {
          const { volume } = await readNifti(path, { volumeIndex: 0 });
          expect(volume.voxels.length).toBe(volume.geometry.dims.reduce((a, b) => a * b));
          expect(volume.geometry.spacing.every((s) => s > 0)).toBe(true);
        } catch (error) {
          if (!isTesseraError(error)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});

function randomBytes(n: number): Buffer {
  const bytes = Buffer.alloc(n);
  let state = 1;
  for (let i = 0; i < n; i++) bytes[i] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24;
  return bytes;
}
