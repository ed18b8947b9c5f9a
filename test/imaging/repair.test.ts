import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affineLPS,
  evenSpacing,
  isOrthogonal,
  pointLPS,
  pointToIndex,
  readScan,
  repaired,
  straighten,
  type Geometry,
  type Volume,
} from '../../core/imaging/index.ts';
import { applyAffine } from '../../core/imaging/affine.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

/** A volume whose value at each place in the patient is a linear function of it, which linear interpolation must keep. */
const linear = (x: number, y: number, z: number): number => 3 * x - 2 * y + 5 * z + 40;

function sampled(geometry: Geometry, place: (i: number, j: number, k: number) => readonly number[]): Volume {
  const [nx, ny, nz] = geometry.dims;
  const voxels = new Float32Array(nx * ny * nz);
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const [x = 0, y = 0, z = 0] = place(i, j, k);
        voxels[at++] = linear(x, y, z);
      }
  return { geometry, voxels, slope: 1, intercept: 0 };
}

const tilted = (angle: number): Geometry => {
  const radians = (angle * Math.PI) / 180;
  return {
    dims: [6, 7, 8],
    spacing: [1, 1.5, 4 / Math.cos(radians)],
    origin: pointLPS(-10, 20, 5),
    direction: [
      [1, 0, 0],
      [0, 1, 0],
      [0, Math.sin(radians), Math.cos(radians)],
    ],
  };
};

describe('evenSpacing', () => {
  it('puts values where they belong in the patient', () => {
    const gaps = fc.array(fc.double({ min: 0.5, max: 9, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(gaps, fc.double({ min: 0.4, max: 5, noNaN: true }), (distances, spacing) => {
        const positions = distances.reduce((all, gap) => [...all, (all.at(-1) ?? 0) + gap], [0]);
        const last = positions.at(-1) ?? 0;
        const steps = positions.length - 1;
        const geometry: Geometry = {
          ...tilted(0),
          dims: [3, 2, positions.length],
          spacing: [1, 1.5, last / steps],
          origin: pointLPS(1, 2, 3),
        };
        const uneven = sampled(geometry, (i, j, k) => [1 + i, 2 + 1.5 * j, 3 + (positions[k] ?? 0)]);
        const even = evenSpacing(uneven, positions, spacing);
        const affine = affineLPS(even.geometry);
        const expected = sampled(even.geometry, (i, j, k) => applyAffine(affine, [i, j, k]));
        expect(even.geometry.spacing[2] * (even.geometry.dims[2] - 1)).toBeCloseTo(last, 9);
        even.voxels.forEach((value, at) => expect(value).toBeCloseTo(expected.voxels[at] ?? NaN, 3));
      }),
      { numRuns: 60 },
    );
  });
});

describe('straighten', () => {
  it.each([18.5, -30, 5])('keeps every value at its place for a tilt of %d°', (angle) => {
    const geometry = tilted(angle);
    const leaning = sampled(geometry, (i, j, k) => applyAffine(affineLPS(geometry), [i, j, k]));
    const straight = straighten(leaning, -999);
    expect(isOrthogonal(straight.geometry)).toBe(true);
    expect(straight.geometry.spacing).toEqual([1, 1.5, expect.closeTo(4, 9)]);
    const affine = affineLPS(straight.geometry);
    let inside = 0;
    const expected = sampled(straight.geometry, (i, j, k) => applyAffine(affine, [i, j, k]));
    const [nx, ny] = straight.geometry.dims;
    straight.voxels.forEach((value, at) => {
      const place = applyAffine(affine, [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]);
      const index = pointToIndex(geometry, pointLPS(...place));
      if (!index.every((v, axis) => v >= 0 && v <= (geometry.dims[axis] ?? 0) - 1)) return;
      inside++;
      expect(value).toBeCloseTo(expected.voxels[at] ?? NaN, 3);
    });
    expect(inside).toBeGreaterThan(6 * 5 * 8);
    // All of the leaning stack lies within the straight grid.
    for (const corner of [
      [0, 0, 0],
      [5, 6, 7],
      [0, 6, 7],
      [5, 0, 0],
    ] as const) {
      const index = pointToIndex(straight.geometry, pointLPS(...applyAffine(affineLPS(geometry), corner)));
      index.forEach((v, axis) => {
        expect(v).toBeGreaterThanOrEqual(-1e-6);
        expect(v).toBeLessThanOrEqual((straight.geometry.dims[axis] ?? 0) - 1 + 1e-6);
      });
    }
  });
});

describeWithSharedData('repairs of real series', ['ct_gantry_tilt_ge', 'dicom_broken_made', 'dicom_series'], () => {
  it('mends a tilted CT with two slice distances, and records it', async () => {
    const path = sharedData('ct_gantry_tilt_ge') ?? '';
    const scan = await readScan(path, { repairs: ['even-spacing', 'straighten'] });
    expect(isOrthogonal(scan.volume.geometry)).toBe(true);
    expect(scan.findings.map(({ code }) => code)).toEqual(['pixel-padding', 'repaired-even-spacing', 'repaired-straighten']);
    expect(scan.slicePositions).toBeUndefined();
  });

  it('fills three missing slices so that the others are as in the whole series', async () => {
    const whole = (await readScan(sharedData('dicom_series/ct_head_64x64x93') ?? '')).volume;
    const scan = repaired(await readScan(sharedData('dicom_broken_made/missing_slices') ?? ''));
    expect(scan.findings.map(({ code }) => code)).toEqual(['repaired-even-spacing']);
    const { geometry, voxels } = scan.volume;
    expect([geometry.dims, geometry.spacing[2]]).toEqual([[64, 64, 24], expect.closeTo(1.5, 9)]);
    const plane = 64 * 64;
    const offset = plane * Math.round((geometry.origin[2] - whole.geometry.origin[2]) / 1.5);
    for (const k of [0, 5, 9, 13, 20, 23])
      for (let at = k * plane; at < (k + 1) * plane; at++) expect(voxels[at]).toBeCloseTo(whole.voxels[offset + at] ?? NaN, 3);
  });
});
