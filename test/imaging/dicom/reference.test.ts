import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { affineLPS, readScan } from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';

/** What make-reference.py found with pydicom, numpy and imagecodecs; see there. */
interface Reference {
  readonly dims: readonly number[];
  readonly type: string;
  readonly affine?: readonly (readonly number[])[];
  /** Millimetres that the affine may be off; 1e-5 unless given. */
  readonly tolerance?: number;
  readonly slope?: number;
  readonly intercept?: number;
  readonly sha256?: string;
  /** Of lossy pictures: i, j, k, value. */
  readonly samples?: readonly (readonly [number, number, number, number])[];
  readonly mean?: number;
}

const references = JSON.parse(readFileSync(join(import.meta.dirname, 'reference.json'), 'utf8')) as Record<string, Reference>;
const folders = [...new Set(Object.keys(references).map((path) => path.split('/')[0] ?? ''))];

describeWithSharedData('DICOM series against pydicom', folders, () => {
  it.each(Object.entries(references))('%s', async (name, reference) => {
    const [path = '', volumeIndex] = name.split('@');
    const scan = await readScan(sharedData(path) ?? path, volumeIndex === undefined ? {} : { volumeIndex: Number(volumeIndex) });
    const { geometry, voxels, slope, intercept } = scan.volume;
    expect(geometry.dims).toEqual(reference.dims);
    expect(scan.header.storedType).toBe(reference.type);
    if (reference.affine !== undefined) {
      const difference = affineLPS(geometry)
        .flat()
        .map((value, i) => Math.abs(value - (reference.affine?.flat()[i] ?? NaN)));
      expect(Math.max(...difference)).toBeLessThan(reference.tolerance ?? 1e-5);
      expect([slope, intercept]).toEqual([reference.slope, reference.intercept]);
    }
    if (reference.sha256 !== undefined) {
      const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(reference.sha256);
      return;
    }
    // Two inverse transforms of a lossy picture may round apart.
    const samples = reference.samples ?? [];
    expect(samples.length).toBeGreaterThan(20);
    for (const [i, j, k, value] of samples) {
      const found = voxels[i + geometry.dims[0] * (j + geometry.dims[1] * k)] ?? NaN;
      expect(Math.abs(found - value), `voxel ${i}, ${j}, ${k}`).toBeLessThanOrEqual(1);
    }
    let sum = 0;
    for (const value of voxels) sum += value;
    expect(sum / voxels.length).toBeCloseTo(reference.mean ?? NaN, 1);
  });
});
