import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileFingerprint, readScan, scanInfo, writeNifti } from '../../core/imaging/index.ts';
import { compileImaging } from './support/compiled.ts';
import { straight, volumeFrom } from './support/volumes.ts';

let folder = '';
let scan = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-scan-'));
  scan = join(folder, 'scan.nii.gz');
  const volume = volumeFrom(straight([20, 10, 5], [1, 2, 3], [7, 8, 9]), (i, j, k) => i + j + k, new Int16Array(1000));
  await writeNifti(scan, { ...volume, slope: 2, intercept: -10 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readScan', () => {
  it('reads in this thread from source', async () => {
    const { volume, header } = await readScan(scan);
    expect(volume.geometry.dims).toEqual([20, 10, 5]);
    expect(header).toMatchObject({ format: 'NIfTI-1', storedType: 'int16', volumes: 1 });
  });

  it('compiled, reads in a worker: voxels arrive, errors keep their code, time and cancellation stop it', async () => {
    const module = join(await compileImaging(join(folder, 'compiled')), 'read-scan.js');
    const program = `
      import { readScan } from ${JSON.stringify(pathToFileURL(module).href)};
      const [path, pipe, large] = process.argv.slice(1);
      const error = (promise) => promise.then(() => 'read', (e) => [e.name, e.code, e.subject, e.advice.length > 0]);
      const { volume, findings } = await readScan(path);
      const cancelled = () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 1);
        return readScan(large, { signal: controller.signal });
      };
      console.log(JSON.stringify({
        voxels: [volume.voxels.constructor.name, volume.voxels.length, volume.voxels[999], volume.slope, volume.geometry.spacing],
        findings,
        text: await error(readScan(pipe)),
        missing: await error(readScan(path + '.none.nii')),
        format: await error(readScan(path + '.jpg')),
        timeout: await error(readScan(large, { timeoutSeconds: 0.001 })),
        cancelled: (await cancelled().catch((e) => e)).code,
      }));`;
    const text = join(folder, 'text.nii');
    await writeFile(text, 'not an image\n'.repeat(50));
    // Large enough not to be read within the millisecond that it is given.
    const large = join(folder, 'large.nii.gz');
    await writeNifti(
      large,
      volumeFrom(straight([200, 200, 100]), (i, j, k) => i * j * k, new Float32Array(4e6)),
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, scan, text, large]);
    expect(JSON.parse(stdout)).toEqual({
      voxels: ['Int16Array', 1000, 32, 2, [1, 2, 3]],
      findings: [],
      text: ['TesseraError', 'bad-file', text, true],
      missing: ['TesseraError', 'not-found', `${scan}.none.nii`, true],
      format: ['TesseraError', 'unsupported-file', `${scan}.jpg`, true],
      timeout: ['TesseraError', 'timeout', large, true],
      cancelled: 'cancelled',
    });
  }, 60_000);
});

describe('scanInfo', () => {
  it('describes a scan in plain JSON', async () => {
    const info = await scanInfo(scan);
    expect(JSON.parse(JSON.stringify(info))).toMatchObject({
      dims: [20, 10, 5],
      spacing: [1, 2, 3],
      orientation: 'RAS',
      origin: [-7, -8, 9],
      affineRAS: [
        [1, 0, 0, 7],
        [0, 2, 0, 8],
        [0, 0, 3, 9],
      ],
      voxelVolume: 6,
      intensity: { minimum: -10, maximum: 54, mean: 22 },
      nonFinite: 0,
      findings: [],
    });
    expect(info.labels).toBeUndefined();
  });

  it('counts the labels of a label map and the voxels that are not finite', async () => {
    const labels = join(folder, 'labels.nii');
    await writeNifti(
      labels,
      volumeFrom(straight([4, 1, 1]), (i) => [0, 3, 3, 1][i] ?? 0, new Uint8Array(4)),
    );
    expect((await scanInfo(labels)).labels).toEqual([
      { value: 0, voxels: 1 },
      { value: 1, voxels: 1 },
      { value: 3, voxels: 2 },
    ]);
    const holes = join(folder, 'holes.nii');
    await writeNifti(
      holes,
      volumeFrom(straight([4, 1, 1]), (i) => [NaN, 3, Infinity, 1][i] ?? 0),
    );
    expect(await scanInfo(holes)).toMatchObject({ nonFinite: 2, intensity: { minimum: 1, maximum: 3, mean: 2 } });
  });
});

describe('fileFingerprint', () => {
  it('is the SHA-256 of the file', async () => {
    expect(await fileFingerprint(scan)).toBe(
      createHash('sha256')
        .update(await readFile(scan))
        .digest('hex'),
    );
    await expect(fileFingerprint(join(folder, 'absent'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(fileFingerprint(folder)).rejects.toMatchObject({ code: 'no-data' });
  });
});
