import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readScan, type Volume } from '../../core/imaging/index.ts';
import { thumbnailPicture } from '../../core/report/thumbnail.ts';
import { straight, volumeFrom } from '../imaging/support/volumes.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

const greys = (volume: Volume, modality?: string): number[] => {
  const { rgba } = thumbnailPicture(volume, modality);
  return [...rgba].filter((_, i) => i % 4 === 0);
};

describe('a thumbnail', () => {
  it('has 128 pixels at most, square ones, of the right proportions', () => {
    const { width, height } = thumbnailPicture(volumeFrom(straight([512, 300, 9], [0.5, 1, 3]), (i) => i));
    // 256 × 300 mm.
    expect([width, height]).toEqual([109, 128]);
    expect(thumbnailPicture(volumeFrom(straight([20, 10, 3]), (i) => i))).toMatchObject({ width: 20, height: 10 });
  });

  it('shows CT between −160 and 240 HU, other scans from their 1st to their 99th percentile', () => {
    // RAS: i grows to the right of the patient, which is at the left of the picture.
    const ramp = volumeFrom(straight([101, 1, 1], [1, 1, 1]), (i) => -1000 + 20 * i);
    const shown = greys(ramp, 'CT').reverse();
    expect([shown[0], shown[42], shown[52], shown[62], shown[100]]).toEqual([0, 0, 128, 255, 255]);
    expect(greys(ramp)).toEqual(greys(ramp, 'CT'));
    const other = greys(ramp, 'MR').reverse();
    expect([other[0], other[50], other[100]]).toEqual([0, 128, 255]);
  });

  it('of nothing but one value, or of no number at all, is a picture all the same', () => {
    expect(new Set(greys(volumeFrom(straight([5, 5, 5]), () => 7)))).toEqual(new Set([128]));
    expect(new Set(greys(volumeFrom(straight([5, 5, 5]), () => NaN)))).toEqual(new Set([0]));
  });
});

describeWithSharedData('one head in 12 orientations', ['nifti_edge/orientation'], () => {
  it('has one thumbnail', async () => {
    const picture = async (code: string): Promise<number[]> =>
      greys((await readScan(join(sharedData('nifti_edge/orientation') ?? '', `${code}.nii.gz`))).volume, 'MR');
    const first = await picture('RAS');
    expect(new Set(first).size).toBeGreaterThan(20);
    for (const code of ['ARS', 'ASL', 'IRP', 'LAS', 'LIA', 'LPS', 'PIR', 'PLI', 'RPI', 'SPL', 'SRA']) {
      const other = await picture(code);
      expect(other).toHaveLength(first.length);
      // Where an axis is reversed the middle slice of an even number may be its neighbour.
      const mean = other.reduce((sum, grey, p) => sum + Math.abs(grey - (first[p] ?? 0)), 0) / first.length;
      expect(mean).toBeLessThan(12);
    }
  });
});
