import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyAxisMap,
  gridDifference,
  indexIJK,
  indexToPoint,
  inverseAxisMap,
  orientationCode,
  pointToIndex,
  readNifti,
  reorient,
  type Volume,
} from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { arbitraryGeometry, straight, valueAt, volumeFrom } from './support/volumes.ts';

const CODES = ['RAS', 'LPS', 'LAS', 'ARS', 'ASL', 'IRP', 'LIA', 'PIR', 'PLI', 'RPI', 'SPL', 'SRA', 'AIR'];

const sameVoxels = (a: Volume, b: Volume): boolean => Buffer.from(a.voxels.buffer).equals(Buffer.from(b.voxels.buffer));

describeWithSharedData('one head in 12 orientations', ['nifti_edge/orientation'], () => {
  const read = async (code: string): Promise<Volume> =>
    (await readNifti(join(sharedData('nifti_edge/orientation') ?? '', `${code}.nii.gz`))).volume;

  it.each(CODES.slice(0, 12))('%s is the same anatomy as RAS once reoriented', async (code) => {
    const [ras, other] = [await read('RAS'), await read(code)];
    expect(orientationCode(other.geometry)).toBe(code);
    const { volume, map } = reorient(other, 'RAS');
    expect(orientationCode(volume.geometry)).toBe('RAS');
    expect(gridDifference(ras.geometry, volume.geometry, 1e-3)).toBeUndefined();
    expect(sameVoxels(volume, ras)).toBe(true);
    expect([volume.slope, volume.intercept]).toEqual([ras.slope, ras.intercept]);

    const back = applyAxisMap(volume, inverseAxisMap(map));
    expect(sameVoxels(back, other)).toBe(true);
    expect(gridDifference(other.geometry, back.geometry, 1e-6)).toBeUndefined();
  });
});

describe('reorient', () => {
  it('keeps every value at its place in the patient, and its inverse restores the grid', () => {
    fc.assert(
      fc.property(arbitraryGeometry(5), fc.constantFrom(...CODES), (geometry, code) => {
        const volume = volumeFrom(geometry, (i, j, k) => i + 10 * j + 100 * k, new Int16Array(geometry.dims.reduce((a, b) => a * b)));
        const turned = reorient(volume, code);
        expect(orientationCode(turned.volume.geometry)).toBe(code);
        for (const index of [
          indexIJK(0, 0, 0),
          indexIJK(geometry.dims[0] - 1, 0, geometry.dims[2] - 1),
          indexIJK(0, geometry.dims[1] - 1, 0),
        ]) {
          const [i, j, k] = pointToIndex(turned.volume.geometry, indexToPoint(geometry, index)).map(Math.round);
          expect(valueAt(turned.volume, i ?? -1, j ?? -1, k ?? -1)).toBe(valueAt(volume, index[0], index[1], index[2]));
        }
        const back = applyAxisMap(turned.volume, inverseAxisMap(turned.map));
        expect(back.voxels).toEqual(volume.voxels);
        expect(gridDifference(geometry, back.geometry, 1e-6)).toBeUndefined();
      }),
    );
  });

  it.each(['RA', 'RRS', 'XYZ', 'RLS', '', 'RASS'])("refuses '%s'", (code) => {
    expect(() =>
      reorient(
        volumeFrom(straight([2, 2, 2]), () => 0),
        code,
      ),
    ).toThrow(expect.objectContaining({ code: 'bad-setting' }));
  });
});
