import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import type { PreparedScan, Triple } from '../../core/imaging/index.ts';
import { imageOf, patchesOf } from '../../core/model/patches.ts';
import { resizeBox } from '../../core/model/resize-box.ts';
import { makeView, randomBox, type RandomScale } from '../../core/model/views.ts';
import { straight } from '../imaging/support/volumes.ts';

const small = fc.integer({ min: 1, max: 4 });
const triple = (part: fc.Arbitrary<number>): fc.Arbitrary<Triple> => fc.tuple(part, part, part);
const times = (a: Triple, b: Triple): Triple => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
const count = (a: Triple): number => a[0] * a[1] * a[2];

const alike = (low: number, high: number): RandomScale => ({
  shares: [
    [low, high],
    [low, high],
    [low, high],
  ],
  oneFactor: false,
});

function scanOf(dims: Triple, channels: number): PreparedScan {
  const random = seededRandom(4);
  const values = Float32Array.from({ length: channels * count(dims) }, () => random.next());
  return { values, channels, dims, geometry: straight(dims) };
}

describe('patches', () => {
  it('and back to the image are the identity', () => {
    fc.assert(
      fc.property(triple(small), triple(small), fc.integer({ min: 1, max: 3 }), (grid, patch, channels) => {
        const size = times(grid, patch);
        const image = Float32Array.from({ length: channels * count(size) }, (_, i) => i);
        expect(imageOf(patchesOf(image, size, patch, channels), size, patch, channels)).toEqual(image);
      }),
    );
  });

  it('come in row-major order of the grid, each with channels slowest and the last axis fastest', () => {
    fc.assert(
      fc.property(triple(small), triple(small), fc.integer({ min: 1, max: 2 }), (grid, patch, channels) => {
        const size = times(grid, patch);
        const image = Float32Array.from({ length: channels * count(size) }, (_, i) => i);
        const patches = patchesOf(image, size, patch, channels);
        patches.forEach((value, at) => {
          const [n, k] = [Math.floor(at / (channels * count(patch))), at % (channels * count(patch))];
          const [c, a, b, d] = [
            Math.floor(k / count(patch)),
            Math.floor(k / (patch[1] * patch[2])) % patch[0],
            Math.floor(k / patch[2]) % patch[1],
            k % patch[2],
          ];
          const [g0, g1, g2] = [Math.floor(n / (grid[1] * grid[2])), Math.floor(n / grid[2]) % grid[1], n % grid[2]];
          const voxel = ((c * size[0] + g0 * patch[0] + a) * size[1] + g1 * patch[1] + b) * size[2] + g2 * patch[2] + d;
          expect(value).toBe(voxel);
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('a view', () => {
  it('names the place of every patch once, the visible ones first', () => {
    fc.assert(
      fc.property(
        triple(small),
        triple(small),
        fc.integer(),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (grid, patch, seed, ratio) => {
          const size = times(grid, patch);
          const scan = scanOf([7, 6, 5], 2);
          const box = randomBox(scan.dims, alike(0.5, 1), seededRandom(seed));
          const view = makeView(scan, box, size, patch, ratio, seededRandom(seed + 1));
          expect([...view.places].sort((a, b) => a - b)).toEqual(Array.from({ length: count(grid) }, (_, i) => i));
          expect(view.grid).toEqual(grid);
          expect(view.visible).toBeGreaterThanOrEqual(1);
          const raster = patchesOf(resizeBox(scan, box, size), size, patch, 2);
          const length = raster.length / count(grid);
          view.places.forEach((place, at) =>
            expect(view.patches.subarray(at * length, (at + 1) * length)).toEqual(raster.subarray(place * length, (place + 1) * length)),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('shows every place equally often', () => {
    const shown = new Int32Array(8);
    const scan = scanOf([2, 2, 2], 1);
    const random = seededRandom(11);
    for (let i = 0; i < 4000; i++) {
      const view = makeView(scan, { corner: [0, 0, 0], size: [2, 2, 2] }, [2, 2, 2], [1, 1, 1], 0.75, random);
      for (const place of view.places.subarray(0, view.visible)) shown[place] = (shown[place] ?? 0) + 1;
    }
    // 1000 expected each, standard deviation sqrt(4000 · ¼ · ¾) = 27.
    for (const n of shown) expect(Math.abs(n - 1000)).toBeLessThan(5 * 27.4);
  });
});

describe('a random box', () => {
  it('lies in the scan, with sides between the two shares', () => {
    fc.assert(
      fc.property(
        triple(fc.integer({ min: 1, max: 60 })),
        fc.integer(),
        fc.constantFrom([0.5, 1], [0.25, 0.5], [1, 1]),
        (dims, seed, shares) => {
          const [low = 0, high = 1] = shares;
          const { corner, size } = randomBox(dims, alike(low, high), seededRandom(seed));
          dims.forEach((n, axis) => {
            expect(size[axis]).toBeGreaterThanOrEqual(Math.ceil(low * n));
            expect(size[axis]).toBeLessThanOrEqual(Math.ceil(high * n));
            expect(corner[axis]).toBeGreaterThanOrEqual(0);
            expect((corner[axis] ?? 0) + (size[axis] ?? 0)).toBeLessThanOrEqual(n);
          });
        },
      ),
    );
  });

  it('reaches every size and both ends', () => {
    const random = seededRandom(2);
    const boxes = Array.from({ length: 500 }, () => randomBox([8, 8, 8], alike(0.5, 1), random));
    expect([...new Set(boxes.map((b) => b.size[1]))].sort()).toEqual([4, 5, 6, 7, 8]);
    expect(boxes.some((b) => b.size[0] < 8 && b.corner[0] === 0)).toBe(true);
    expect(boxes.some((b) => b.size[0] < 8 && b.corner[0] + b.size[0] === 8)).toBe(true);
    // Each axis by itself (method 3): sides differ.
    expect(boxes.some((b) => b.size[0] !== b.size[1])).toBe(true);
  });
});
