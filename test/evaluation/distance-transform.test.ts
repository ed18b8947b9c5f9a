import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distancesToNearest } from '../../core/evaluation/index.ts';
import type { Triple } from '../../core/imaging/volume.ts';
import reference from './fixtures/reference.json' with { type: 'json' };
import { fill } from './made-masks.ts';

const everywhere = (sources: Uint8Array): Uint8Array => new Uint8Array(sources.length).fill(1);

it('agrees with scipy.ndimage.distance_transform_edt on an anisotropic grid', () => {
  const dims = reference.transform.dims as unknown as Triple;
  const sources = fill(dims, (i, j, k) => (5 * i + 3 * j + 7 * k) % 23 === 4);
  const distances = distancesToNearest(sources, everywhere(sources), dims, reference.transform.spacing as unknown as Triple);
  const worst = Math.max(...reference.transform.distances.map((expected, v) => Math.abs((distances[v] ?? NaN) - expected)));
  expect(worst).toBeLessThan(1e-6);
});

it('agrees with the nearest source found by brute force', () => {
  const spacing = fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(0.3, 0.7, 1, 2.5, 5))) as fc.Arbitrary<[number, number, number]>;
  const size = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 7 }))) as fc.Arbitrary<[number, number, number]>;
  const seeds = fc.uniqueArray(fc.nat({ max: 342 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(size, spacing, seeds, (dims, step, at) => {
      const sources = new Uint8Array(dims[0] * dims[1] * dims[2]);
      for (const seed of at) sources[seed % sources.length] = 1;
      const position = (v: number): Triple => [v % dims[0], Math.floor(v / dims[0]) % dims[1], Math.floor(v / (dims[0] * dims[1]))];
      const points = [...sources.keys()].filter((v) => sources[v] === 1).map(position);
      distancesToNearest(sources, everywhere(sources), dims, step).forEach((distance, v) => {
        const p = position(v);
        const nearest = Math.min(...points.map((q) => Math.hypot(...p.map((x, a) => (x - (q[a] ?? 0)) * (step[a] ?? 1)))));
        expect(Math.abs(distance - nearest)).toBeLessThan(1e-5);
      });
    }),
    { numRuns: 60 },
  );
});

it('is infinite everywhere without a source', () => {
  expect([...distancesToNearest(new Uint8Array(8), new Uint8Array(8).fill(1), [2, 2, 2], [1, 1, 1])]).toEqual(Array(8).fill(Infinity));
});

it('gives the distances of the targets only, in their order', () => {
  const dims: Triple = [9, 8, 7];
  const sources = fill(dims, (i, j, k) => (5 * i + 3 * j + 7 * k) % 23 === 4);
  const targets = fill(dims, (i, j, k) => (2 * i + j * k) % 5 === 1);
  const all = distancesToNearest(sources, everywhere(sources), dims, [0.7, 2, 1.1]);
  const some = distancesToNearest(sources, targets, dims, [0.7, 2, 1.1]);
  expect([...some]).toEqual([...all].filter((_, v) => targets[v] === 1));
});
