import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pointLPS, prepareScan, preparationSettings, type Volume } from '../../core/imaging/index.ts';

const direction = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
] as const;

function volumeOf(voxels: Volume['voxels'], slope: number, intercept: number): Volume {
  return { geometry: { dims: [4, 3, 2], spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction }, voxels, slope, intercept };
}

const types = [
  [Int16Array, -32768, 32767],
  [Uint16Array, 0, 65535],
  [Int8Array, -128, 127],
  [Uint8Array, 0, 255],
] as const;

it('a window gives small integers the same values, read off a table, as it gives the same numbers stored in floats', () => {
  const stored = fc
    .constantFrom(...types)
    .chain(([Type, least, most]) =>
      fc.array(fc.integer({ min: least, max: most }), { minLength: 24, maxLength: 24 }).map((n) => Type.from(n)),
    );
  const slope = fc.constantFrom(1, 0.5, -1, 2.34e-3, 1e37);
  const intercept = fc.constantFrom(0, -1024, 17.5);
  fc.assert(
    fc.property(stored, slope, intercept, fc.boolean(), (voxels, m, b, foreground) => {
      const settings = preparationSettings.parse({ intensity: { kind: 'window', low: -1000, high: 1000 }, foreground });
      const [table, computed] = [voxels, Float64Array.from(voxels)].map((numbers) => prepareScan([volumeOf(numbers, m, b)], settings));
      expect(table).toEqual(computed);
    }),
    { numRuns: 100 },
  );
});

it('a window cuts a CT to its body and maps it to 0..1', () => {
  const voxels = new Int16Array(24).fill(-1000);
  voxels[5] = 0;
  voxels[6] = 1000;
  const { values, dims } = prepareScan(
    [volumeOf(voxels, 1, 0)],
    preparationSettings.parse({ intensity: { kind: 'window', low: -1000, high: 1000 } }),
  );
  expect(dims).toEqual([2, 1, 1]);
  // The first axis of the network runs to the right, that of the volume to the left.
  expect([...values]).toEqual([1, 0.5]);
});
