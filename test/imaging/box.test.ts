import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBox, foregroundBox, indexIJK, indexToPoint, padToSize, voxelCount } from '../../core/imaging/index.ts';
import { arbitraryDims, arbitraryGeometry, straight, valueAt, volumeFrom } from './support/volumes.ts';

describe('foreground box', () => {
  it('is the tight box of the voxels above the threshold', () => {
    const values = new Float32Array(10 * 9 * 8).fill(1);
    const set = (i: number, j: number, k: number): void => void (values[i + 10 * (j + 9 * k)] = 2);
    expect(foregroundBox(values, [10, 9, 8], 1)).toBeUndefined();
    set(3, 4, 5);
    expect(foregroundBox(values, [10, 9, 8], 1)).toEqual({ start: [3, 4, 5], size: [1, 1, 1] });
    set(9, 0, 6);
    expect(foregroundBox(values, [10, 9, 8], 1)).toEqual({ start: [3, 0, 5], size: [7, 5, 2] });
  });

  it('holds every voxel above 0 and touches one on each face, for any image', () => {
    fc.assert(
      fc.property(arbitraryDims(6), fc.uint8Array({ minLength: 216, maxLength: 216, max: 1 }), fc.nat(5), (dims, bits, every) => {
        const values = bits.slice(0, voxelCount(dims)).map((v, n) => (n % (every + 1) === 0 ? v : 0));
        const box = foregroundBox(values, dims);
        const found = Array.from(values, (v, n) =>
          v > 0 ? [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])] : [],
        ).filter((p) => p.length > 0);
        if (box === undefined) {
          expect(found).toEqual([]);
          return;
        }
        for (const axis of [0, 1, 2] as const) {
          const along = found.map((p) => p[axis] ?? NaN);
          expect([box.start[axis], box.start[axis] + box.size[axis] - 1]).toEqual([Math.min(...along), Math.max(...along)]);
        }
      }),
    );
  });
});

describe('cutting and padding', () => {
  it('keeps values at their place in the patient and fills the outside', () => {
    const triple = (low: number, high: number): fc.Arbitrary<[number, number, number]> => {
      const n = fc.integer({ min: low, max: high });
      return fc.tuple(n, n, n);
    };
    fc.assert(
      fc.property(arbitraryGeometry(5), triple(-4, 6), triple(1, 7), (geometry, start, size) => {
        const volume = {
          ...volumeFrom(geometry, (i, j, k) => 1 + i + 10 * j + 100 * k, new Int16Array(voxelCount(geometry.dims))),
          slope: 2,
          intercept: -1000,
        };
        const cut = cutBox(volume, { start, size }, -1024);
        expect(cut.voxels).toBeInstanceOf(Int16Array);
        expect(cut.geometry.dims).toEqual(size);
        indexToPoint(cut.geometry, indexIJK(0, 0, 0)).forEach((v, axis) =>
          expect(v).toBeCloseTo(indexToPoint(geometry, indexIJK(...start))[axis] ?? NaN, 8),
        );
        for (let k = 0; k < size[2]; k++)
          for (let j = 0; j < size[1]; j++)
            for (let i = 0; i < size[0]; i++) {
              const [x, y, z] = [i + start[0], j + start[1], k + start[2]];
              const inside = [x, y, z].every((v, axis) => v >= 0 && v < (geometry.dims[axis] ?? 0));
              expect(valueAt(cut, i, j, k)).toBe(inside ? valueAt(volume, x, y, z) : -1024);
            }
      }),
    );
  });

  it('pads half before and the odd voxel after (method 9.2)', () => {
    const volume = volumeFrom(straight([2, 5, 1], [1, 1, 4]), (i, j) => 1 + i + 10 * j);
    const padded = padToSize(volume, [5, 4, 2]);
    expect(padded.geometry.dims).toEqual([5, 5, 2]);
    expect([...padded.geometry.origin]).toEqual([1, 0, 0].map((v) => v + 0));
    expect(Array.from(padded.voxels.subarray(0, 5))).toEqual([0, 1, 2, 0, 0]);
    expect(padToSize(volume, [1, 1, 1])).toBe(volume);
  });
});
