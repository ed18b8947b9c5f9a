import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLabels, readNifti, type CheckedLabels, type VoxelArray } from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { straight } from './support/volumes.ts';

describeWithSharedData('label files that fit their scan, or not', ['nifti_broken/labels'], () => {
  const folder = join(sharedData('nifti_broken') ?? '', 'labels');
  const check = async (file: string): Promise<CheckedLabels> => {
    const [scan, label] = [await readNifti(join(folder, 'image.nii.gz')), await readNifti(join(folder, file))];
    return checkLabels(label.volume, scan.volume.geometry, { labelName: file, scanName: 'image.nii.gz' });
  };

  it.each([
    [
      'label_other_shape.nii.gz',
      'grid-mismatch',
      'does not lie on the grid of image.nii.gz: it has 16 × 16 × 10 voxels instead of 16 × 16 × 12.',
    ],
    ['label_shifted_9mm.nii.gz', 'grid-mismatch', 'does not lie on the grid of image.nii.gz: its first voxel lies 9.00 mm away.'],
    ['label_fractional.nii.gz', 'bad-labels', 'holds the fraction 0.5; a label map has whole numbers from 0.'],
    ['label_negative.nii.gz', 'bad-labels', 'holds the negative value -1; a label map has whole numbers from 0.'],
  ])('%s is refused as %s', async (file, code, message) => {
    await expect(check(file)).rejects.toMatchObject({ code, message, subject: file });
  });

  it('accepts the right one, a spacing 0.05 % off, and 0.9999999 for 1', async () => {
    const right = await check('label_ok.nii.gz');
    expect(right.labels).toBeInstanceOf(Uint8Array);
    expect(right.findings).toEqual([]);
    expect(right.counts.reduce((sum, c) => sum + c.voxels, 0)).toBe(16 * 16 * 12);
    expect((await check('label_tiny_affine_difference.nii.gz')).counts).toEqual(right.counts);
    const almost = await check('label_float_almost_integer.nii.gz');
    expect(almost.findings.map((f) => f.code)).toEqual(['rounded-labels']);
    expect(almost.counts.map((c) => c.value)).toEqual([0, 1]);
  });

  it('accepts 701 values in 16 bits and an empty map, with a warning each', async () => {
    const many = await check('label_700_values.nii.gz');
    expect(many.labels).toBeInstanceOf(Uint16Array);
    expect([many.counts.length, many.counts.at(-1)?.value]).toEqual([701, 700]);
    expect(many.findings.map((f) => f.code)).toEqual(['many-labels']);
    const empty = await check('label_empty.nii.gz');
    expect(empty.counts).toEqual([{ value: 0, voxels: 3072 }]);
    expect(empty.findings.map((f) => f.code)).toEqual(['empty-labels']);
  });
});

describe('label values', () => {
  const check = (voxels: VoxelArray, slope = 1, intercept = 0): CheckedLabels =>
    checkLabels({ geometry: straight([voxels.length, 1, 1]), voxels, slope, intercept }, undefined);

  it('apply the slope, count every value in order and stay in 8 bits up to 255', () => {
    expect(check(Int16Array.of(4, 0, 2, 4), 0.5)).toMatchObject({
      labels: Uint8Array.of(2, 0, 1, 2),
      counts: [
        { value: 0, voxels: 1 },
        { value: 1, voxels: 1 },
        { value: 2, voxels: 2 },
      ],
    });
    expect(check(Float64Array.of(255)).labels).toEqual(Uint8Array.of(255));
    expect(check(Int32Array.of(256, 65535)).labels).toEqual(Uint16Array.of(256, 65535));
  });

  it.each([NaN, Infinity, 65536, -0.5, 1.4])('refuse %s', (value) => {
    expect(() => check(Float64Array.of(0, value))).toThrow(expect.objectContaining({ code: 'bad-labels' }));
  });
});
