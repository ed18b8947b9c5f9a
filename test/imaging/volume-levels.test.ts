import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexIJK, indexToPoint, pointToIndex, type Triple, type Volume, type VoxelArray } from '../../core/imaging/index.ts';
import { silentTask } from '../../core/base/task.ts';
import { COARSEST_SIDE, volumeLevels } from '../../core/imaging/volume-levels.ts';
import { turnedGeometry } from './support/volumes.ts';

const geometryOf = (dims: Triple) => turnedGeometry(dims, [0.7, 1, 2.5], [0.2, 0.1, -0.4], [5, -60, 700]);
const volumeOf = (dims: Triple, voxels: VoxelArray): Volume => ({ geometry: geometryOf(dims), voxels, slope: 2, intercept: -5 });

/** Mean of the finite values of a box of the level before, straight from the definition. */
function meanOf({ voxels, geometry: { dims } }: Volume, start: Triple, size: Triple): number {
  const values: number[] = [];
  for (let k = start[2]; k < Math.min(dims[2], start[2] + size[2]); k++)
    for (let j = start[1]; j < Math.min(dims[1], start[1] + size[1]); j++)
      for (let i = start[0]; i < Math.min(dims[0], start[0] + size[0]); i++) values.push(voxels[i + dims[0] * (j + dims[1] * k)] ?? NaN);
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, v) => sum + v, 0) / finite.length;
}

const side = fc.integer({ min: 1, max: 140 });
const dimsArbitrary = fc.tuple(side, fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 }));
const makers = [Int16Array, Uint8Array, Float32Array, Uint16Array, Int32Array, Float64Array] as const;

describe('coarser levels of a volume', () => {
  it('hold means in the stored type at the centres of what they cover', async () => {
    await fc.assert(
      fc.asyncProperty(dimsArbitrary, fc.constantFrom(...makers), fc.integer(), async (dims, Maker, salt) => {
        const n = dims[0] * dims[1] * dims[2];
        const voxels = new Maker(n);
        for (let v = 0; v < n; v++) voxels[v] = ((((v * 7919 + salt) % 251) + 251) % 251) - (Maker === Int16Array ? 100 : 0);
        if (voxels instanceof Float32Array && n > 3) voxels[2] = NaN;
        const { levels, range } = await volumeLevels(volumeOf(dims, voxels));
        const finite = [...voxels].filter(Number.isFinite);
        expect(range).toEqual([Math.min(...finite), Math.max(...finite)]);
        const all = [volumeOf(dims, voxels), ...levels];
        expect(Math.max(...(all.at(-1)?.geometry.dims ?? [999]))).toBeLessThanOrEqual(COARSEST_SIDE);
        for (const [l, coarse] of levels.entries()) {
          const fine = all[l] as Volume;
          expect(coarse.voxels.constructor).toBe(Maker);
          expect([coarse.slope, coarse.intercept]).toEqual([2, -5]);
          const size = fine.geometry.dims.map((m) => (m > COARSEST_SIDE ? 2 : 1)) as unknown as Triple;
          const [nx, ny] = coarse.geometry.dims;
          for (const v of [0, Math.floor(coarse.voxels.length / 3), coarse.voxels.length - 1]) {
            const at: Triple = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
            const start: Triple = [at[0] * size[0], at[1] * size[1], at[2] * size[2]];
            const mean = meanOf(fine, start, size);
            const floating = Maker === Float32Array || Maker === Float64Array;
            expect(coarse.voxels[v]).toBeCloseTo(floating ? mean : Math.round(mean), 4);
            const centre = pointToIndex(fine.geometry, indexToPoint(coarse.geometry, indexIJK(...at)));
            centre.forEach((c, axis) => expect(c).toBeCloseTo((start[axis] ?? 0) + ((size[axis] ?? 1) - 1) / 2, 6));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keep a linear ramp where it is: every level says of a place what the scan says', async () => {
    const dims: Triple = [200, 130, 70];
    const voxels = Float32Array.from(
      { length: 200 * 130 * 70 },
      (_, v) => (v % 200) + 3 * (Math.floor(v / 200) % 130) - 2 * Math.floor(v / 26000),
    );
    const { levels } = await volumeLevels(volumeOf(dims, voxels));
    expect(levels.map(({ geometry }) => geometry.dims)).toEqual([
      [100, 65, 35],
      [50, 33, 35],
    ]);
    for (const { geometry, voxels: coarse } of levels)
      for (const at of [indexIJK(0, 0, 0), indexIJK(20, 11, 7), indexIJK(49, 31, 34)]) {
        const [i, j, k] = pointToIndex(geometryOf(dims), indexToPoint(geometry, at));
        expect(coarse[at[0] + geometry.dims[0] * (at[1] + geometry.dims[1] * at[2])]).toBeCloseTo(i + 3 * j - 2 * k, 3);
      }
  });

  it('are none for a small volume, and the range of nothing finite is 0', async () => {
    const result = await volumeLevels(volumeOf([2, 1, 1], Float32Array.of(NaN, Infinity)));
    expect(result).toEqual({ range: [0, 0], levels: [] });
  });

  it('end when cancelled', async () => {
    const volume = volumeOf([65, 65, 65], new Int16Array(65 ** 3));
    await expect(volumeLevels(volume, { ...silentTask, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
