import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { affineLPS, type ScanFile } from '../../../core/imaging/index.ts';

/** What a script beside the tests found with other programs; see `make-reference.py` there. */
export interface Reference {
  readonly dims: readonly number[];
  readonly type: string;
  /** Upper rows of the affine to LPS millimetres. */
  readonly affine?: readonly (readonly number[])[];
  /** Millimetres that the affine may be off; 1e-5 unless given. */
  readonly tolerance?: number;
  readonly slope?: number;
  readonly intercept?: number;
  /** SHA-256 of the stored values in little-endian order, i fastest. */
  readonly sha256?: string;
  /** Of lossy pictures: i, j, k, value. */
  readonly samples?: readonly (readonly [number, number, number, number])[];
  readonly mean?: number;
}

export function references(path: string): Record<string, Reference> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Reference>;
}

export function expectMatch({ volume, header }: ScanFile, reference: Reference): void {
  const { geometry, voxels, slope, intercept } = volume;
  expect(geometry.dims).toEqual(reference.dims);
  expect(header.storedType).toBe(reference.type);
  if (reference.affine !== undefined) {
    const expected = reference.affine.flat();
    const difference = affineLPS(geometry).flatMap((row, r) => row.map((value, c) => Math.abs(value - (expected[4 * r + c] ?? NaN))));
    expect(Math.max(...difference)).toBeLessThan(reference.tolerance ?? 1e-5);
  }
  if (reference.slope !== undefined) expect([slope, intercept]).toEqual([reference.slope, reference.intercept]);
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
}
