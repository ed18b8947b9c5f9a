import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import type { PreparedScan, Triple } from '../../core/imaging/index.ts';
import { imageOf, patchesOf } from '../../core/model/patches.ts';
import { resizeBox } from '../../core/model/resize-box.ts';
import { makeView, randomBox, randomCropBox, viewsOfScan, type RandomScale, type ViewKind } from '../../core/model/views.ts';
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

describe('a random box whose axes differ', () => {
  const shares: RandomScale['shares'] = [
    [0.5, 1],
    [0.25, 0.5],
    [1, 1],
  ];
  const dims: Triple = [40, 80, 30];

  it('keeps to the shares of each axis', () => {
    const random = seededRandom(5);
    const boxes = Array.from({ length: 300 }, () => randomBox(dims, { shares, oneFactor: false }, random));
    for (const { size } of boxes)
      size.forEach((side, axis) => {
        expect(side).toBeGreaterThanOrEqual((shares[axis]?.[0] ?? 0) * (dims[axis] ?? 0));
        expect(side).toBeLessThanOrEqual((shares[axis]?.[1] ?? 0) * (dims[axis] ?? 0));
      });
    expect(new Set(boxes.map((b) => b.size[0])).size).toBe(21);
    expect(new Set(boxes.map((b) => b.size[1])).size).toBe(21);
  });

  it('goes the same way along all of them with one factor', () => {
    const random = seededRandom(6);
    const boxes = Array.from({ length: 300 }, () => randomBox(dims, { shares, oneFactor: true }, random));
    for (const { size, corner } of boxes) {
      // (size / n − low) / (high − low) is the same t, up to the rounding of sizes.
      expect(Math.abs((size[0] / 40 - 0.5) / 0.5 - (size[1] / 80 - 0.25) / 0.25)).toBeLessThanOrEqual(0.5 / 20 + 0.5 / 20 + 1e-9);
      expect(size[2]).toBe(30);
      corner.forEach((c, axis) => expect(c + (size[axis] ?? 0)).toBeLessThanOrEqual(dims[axis] ?? 0));
    }
    expect(Math.min(...boxes.map((b) => b.size[0]))).toBeLessThanOrEqual(21);
    expect(Math.max(...boxes.map((b) => b.size[0]))).toBeGreaterThanOrEqual(39);
  });
});

describe('a crop', () => {
  it('is the voxels as they are, with 0 around a scan that is smaller', () => {
    fc.assert(
      fc.property(triple(fc.integer({ min: 1, max: 9 })), triple(small), triple(small), fc.integer(), (dims, grid, patch, seed) => {
        const size = times(grid, patch);
        const scan = scanOf(dims, 2);
        const random = seededRandom(seed);
        const { corner } = randomCropBox(dims, size, random);
        const view = makeView(scan, { corner, size }, size, patch, 0.5, random);
        const raster = new Float32Array(view.patches.length);
        const length = raster.length / count(grid);
        view.places.forEach((place, at) => raster.set(view.patches.subarray(at * length, (at + 1) * length), place * length));
        const image = imageOf(raster, size, patch, 2);
        for (let c = 0; c < 2; c++)
          for (let i = 0; i < size[0]; i++)
            for (let j = 0; j < size[1]; j++)
              for (let k = 0; k < size[2]; k++) {
                const at: Triple = [corner[0] + i, corner[1] + j, corner[2] + k];
                const inside = at.every((x, axis) => x >= 0 && x < (dims[axis] ?? 0));
                const value = inside ? scan.values[((c * dims[0] + at[0]) * dims[1] + at[1]) * dims[2] + at[2]] : 0;
                expect(image[((c * size[0] + i) * size[1] + j) * size[2] + k]).toBe(value);
              }
      }),
      { numRuns: 40 },
    );
  });

  it('lies anywhere in a larger scan; a smaller scan lies in its middle', () => {
    const random = seededRandom(7);
    const boxes = Array.from({ length: 200 }, () => randomCropBox([10, 4, 7], [6, 9, 7], random).corner);
    expect([...new Set(boxes.map((c) => c[0]))].sort()).toEqual([0, 1, 2, 3, 4]);
    for (const corner of boxes) expect(corner.slice(1)).toEqual([-2, 0]);
  });
});

it('all views of a scan in a step follow from one generator', () => {
  const scan = scanOf([12, 10, 9], 1);
  const kinds: ViewKind[] = [
    { name: 'global', size: [8, 8, 8], perScan: 2, scale: alike(0.5, 1) },
    { name: 'crop', size: [4, 4, 4], perScan: 3 },
  ];
  const make = (seed: number) => viewsOfScan(scan, kinds, [2, 2, 2], 0.75, seededRandom(seed));
  expect(make(1).map((views) => views.length)).toEqual([2, 3]);
  expect(make(1)).toEqual(make(1));
  expect(make(1)).not.toEqual(make(2));
  const [global = []] = make(1);
  expect(global[0]?.patches).not.toEqual(global[1]?.patches);
});
