import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affineRAS,
  geometryFromRAS,
  gridDifference,
  indexIJK,
  indexToPoint,
  isLeftHanded,
  orientationCode,
  pointLPS,
  pointToIndex,
  sameGrid,
  voxelVolume,
} from '../../core/imaging/index.ts';
import { arbitraryGeometry, straight, turnedGeometry } from './support/volumes.ts';

describe('geometry', () => {
  it('takes a RAS affine to LPS positions', () => {
    const geometry = geometryFromRAS(
      [
        [2, 0, 0, -10],
        [0, 3, 0, -20],
        [0, 0, 4, -30],
      ],
      [5, 6, 7],
    );
    expect(geometry.spacing).toEqual([2, 3, 4]);
    expect([...indexToPoint(geometry, indexIJK(1, 1, 1))]).toEqual([8, 17, -26]);
    expect([...pointToIndex(geometry, pointLPS(8, 17, -26))]).toEqual([1, 1, 1]);
    expect(orientationCode(geometry)).toBe('RAS');
    expect(voxelVolume(geometry)).toBeCloseTo(24, 12);
    expect(isLeftHanded(geometry)).toBe(false);
  });

  it('leads from index to point and back for any grid', () => {
    fc.assert(
      fc.property(arbitraryGeometry(), fc.tuple(fc.integer(), fc.integer(), fc.integer()), (geometry, [a, b, c]) => {
        const index = indexIJK(a % 100, b % 100, c % 100);
        const back = pointToIndex(geometry, indexToPoint(geometry, index));
        back.forEach((v, axis) => expect(v).toBeCloseTo(index[axis] ?? NaN, 6));
        const again = geometryFromRAS(affineRAS(geometry), geometry.dims);
        expect(sameGrid(geometry, again, 1e-9)).toBe(true);
      }),
    );
  });

  it('says what sets two grids apart', () => {
    const a = straight([16, 16, 12], [3, 3, 3]);
    expect(gridDifference(a, a)).toBeUndefined();
    expect(gridDifference(a, straight([16, 16, 12], [3.0015, 3.0015, 3.0015]))).toBeUndefined();
    expect(gridDifference(a, straight([16, 16, 10], [3, 3, 3]))).toBe('it has 16 × 16 × 10 voxels instead of 16 × 16 × 12');
    expect(gridDifference(a, straight([16, 16, 12], [3, 3, 3.5]))).toBe('its spacing is 3 × 3 × 3.5 mm instead of 3 × 3 × 3 mm');
    expect(gridDifference(a, straight([16, 16, 12], [3, 3, 3], [0, 9, 0]))).toBe('its first voxel lies 9.00 mm away');
    expect(gridDifference(a, turnedGeometry([16, 16, 12], [3, 3, 3], [0, 0, 0], [45, 0, 0], true))).toBe(
      'its axes point LAS instead of RAS',
    );
    expect(gridDifference(a, turnedGeometry([16, 16, 12], [3, 3, 3], [0.2, 0, 0], [0, 0, 0]))).toMatch(/^it is turned, up to 12\.\d+ mm/);
  });

  it.each([
    ['a column of zeros', [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]],
    ['two equal columns', [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]],
    ['NaN', [NaN, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
    ['an infinite origin', [1, 0, 0, Infinity], [0, 1, 0, 0], [0, 0, 1, 0]],
  ] as const)('refuses %s', (_what, x, y, z) => {
    expect(() => geometryFromRAS([x, y, z], [2, 2, 2])).toThrow(expect.objectContaining({ code: 'bad-geometry' }));
  });
});
