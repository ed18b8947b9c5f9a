import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  geometryFromLPS,
  geometryFromRAS,
  gridDifference,
  INTENT_LABEL,
  type Geometry,
  pointLPS,
  readNifti,
  voxelCount,
  writeNifti,
} from '../../core/imaging/index.ts';
import { arbitraryGeometry, makers, straight, turnedGeometry, volumeFrom } from './support/volumes.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tessera-write-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * A qform stores three float32 of a unit quaternion and the reader takes the fourth for 0 when its square is below 1e-7
 * (nifti1.h), so a rotation a hair from half a turn is off by up to 2 √1e-7 radians. In units of the smallest spacing.
 */
function qformLoss({ dims, spacing }: Geometry): number {
  const diagonal = Math.hypot(...dims.map((n, axis) => (n - 1) * (spacing[axis] ?? 0)));
  return (2 * Math.sqrt(1e-7) * diagonal) / Math.min(...spacing);
}

/** In RAS, where NIfTI measures it, 2.7e-4 radians short of half a turn. */
const nearHalfTurn: Geometry = {
  dims: [2, 1, 1],
  spacing: [1.5, 0.2, 0.2],
  origin: pointLPS(0, 0, 0),
  direction: [
    [Math.cos(2.7e-4), -Math.sin(2.7e-4), 0],
    [Math.sin(2.7e-4), Math.cos(2.7e-4), 0],
    [0, 0, 1],
  ],
};

describe('writing NIfTI', () => {
  it.each(Object.entries(makers))('%s comes back with its type, voxels, scaling and place', async (type, make) => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        arbitraryGeometry(),
        fc.array(fc.integer({ min: -2147483648, max: 4294967295 }), { minLength: 1, maxLength: 40 }),
        fc.constantFrom([1, 0], [0.5, -1024], [2.25, 10]),
        fc.boolean(),
        async (geometry, numbers, [slope = 1, intercept = 0], zipped) => {
          const voxels = make(voxelCount(geometry.dims));
          for (let i = 0; i < voxels.length; i++) voxels[i] = (numbers[i % numbers.length] ?? 0) * (type.startsWith('f') ? 0.37 : 1);
          const path = join(folder, `${type}-${n++}.nii${zipped ? '.gz' : ''}`);
          await writeNifti(path, { geometry, voxels, slope, intercept });
          const { volume, header, findings } = await readNifti(path);
          expect(volume.voxels).toEqual(voxels);
          expect([volume.slope, volume.intercept]).toEqual([slope, intercept]);
          expect(header.storedType).toBe(type);
          // float32 in the header: a ten-thousandth of a voxel at 500 mm.
          expect(gridDifference(geometry, volume.geometry, 1e-3)).toBeUndefined();
          expect(findings).toEqual([]);
          await rm(path);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('writes a qform that says the same as the sform, for any rotation', async () => {
    const path = join(folder, 'forms.nii');
    await fc.assert(
      fc.asyncProperty(arbitraryGeometry(4), async (geometry) => {
        await writeNifti(
          path,
          volumeFrom(geometry, () => 0),
        );
        const both = await readNifti(path);
        expect(both.header.details).toMatchObject({ sformCode: 1, qformCode: 1, placement: 'sform' });
        const handle = await open(path, 'r+');
        await handle.write(new Uint8Array(2), 0, 2, 254);
        await handle.close();
        const byQform = await readNifti(path);
        expect(byQform.header.details['placement']).toBe('qform');
        expect(gridDifference(geometry, byQform.volume.geometry, 2e-3 + qformLoss(geometry))).toBeUndefined();
      }),
      { numRuns: 60, examples: [[nearHalfTurn]] },
    );
  });

  it('keeps half turns exact, where the quaternion has no real part', async () => {
    for (const angles of [
      [Math.PI, 0, 0],
      [0, Math.PI, 0],
      [0, 0, Math.PI],
      [0, 0, 0],
    ] as const) {
      const geometry = turnedGeometry([3, 4, 5], [1, 2, 3], angles, [10, 20, 30]);
      const path = join(folder, 'half-turn.nii');
      await writeNifti(
        path,
        volumeFrom(geometry, () => 1),
      );
      const scan = await readNifti(path);
      expect(scan.findings).toEqual([]);
      expect(gridDifference(geometry, scan.volume.geometry, 1e-4)).toBeUndefined();
    }
  });

  it('writes no qform for a sheared grid, and the sform keeps the shear', async () => {
    const sheared = geometryFromRAS(
      [
        [3, 0, 1, -88],
        [0, 3, 0, 86],
        [0, 0, 3, 106],
      ],
      [4, 4, 4],
    );
    const path = join(folder, 'sheared.nii.gz');
    await writeNifti(
      path,
      volumeFrom(sheared, (i) => i),
    );
    const scan = await readNifti(path);
    expect(scan.header.details).toMatchObject({ sformCode: 1, qformCode: 0 });
    expect(scan.findings.map((f) => f.code)).toEqual(['sheared']);
    expect(gridDifference(sheared, scan.volume.geometry, 1e-4)).toBeUndefined();
  });

  it('keeps description and intent, leaves no temporary file, refuses other names', async () => {
    const own = await mkdtemp(join(folder, 'own-'));
    const volume = volumeFrom(straight([2, 2, 2]), () => 1, new Uint8Array(8));
    await writeNifti(join(own, 'a.nii.gz'), volume, { description: 'x'.repeat(200), intentName: 'Labels', intentCode: INTENT_LABEL });
    const { header } = await readNifti(join(own, 'a.nii.gz'));
    expect(header.description).toBe('x'.repeat(79));
    expect(header.details).toMatchObject({ intentName: 'Labels', intentCode: 1002 });
    expect(await readdir(own)).toEqual(['a.nii.gz']);
    await expect(writeNifti(join(own, 'a.mha'), volume)).rejects.toMatchObject({ code: 'usage' });
    await expect(writeNifti(join(own, 'a.nii.gz', 'b.nii.gz'), volume)).rejects.toMatchObject({ code: 'write-failed' });
  });

  it('refuses what NIfTI-1 cannot hold', async () => {
    const long = geometryFromLPS(
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ],
      [40000, 1, 1],
    );
    await expect(
      writeNifti(
        join(folder, 'long.nii'),
        volumeFrom(long, () => 0),
      ),
    ).rejects.toMatchObject({ code: 'too-large' });
  });
});
