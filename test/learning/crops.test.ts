import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '../../core/base/random.ts';
import type { Triple } from '../../core/imaging/index.ts';
import { countCentres, drawCentre } from '../../core/learning/crop-centres.ts';
import { randomCrop, type CropSettings } from '../../core/learning/crops.ts';
import type { TrainingCase } from '../../core/learning/scan-store.ts';
import { straight } from '../imaging/support/volumes.ts';

const count = (dims: Triple): number => dims[0] * dims[1] * dims[2];
const side = fc.integer({ min: 1, max: 9 });
const triple = fc.tuple(side, side, side);
const plain: CropSettings = {
  size: [4, 4, 4],
  positiveShare: 0.5,
  flipChance: 0,
  rotateChance: 0,
  intensityChance: 1,
  intensityScale: 0,
  intensityShift: 0,
};

/** Values tell the voxel: 1 + its index, so that padding (0) shows; labels are 1 where `labelled`. */
function caseOf(dims: Triple, labelled: (voxel: number) => boolean, channels = 1): TrainingCase {
  const n = count(dims);
  const values = Float32Array.from({ length: channels * n }, (_, i) => (i < n ? 1 + i : -(1 + i - n)));
  const labels = Uint8Array.from({ length: n }, (_, i) => (labelled(i) ? 1 : 0));
  return { id: 'a', scan: { values, channels, dims, geometry: straight(dims) }, labels };
}

/** A generator whose uniform draws are given in turn; integers are the lowest. */
function scripted(draws: readonly number[]): Random {
  let at = 0;
  return { ...seededRandom(0), next: () => draws[at++] ?? 0, integer: (low) => low };
}

describe('a random crop', () => {
  it('is a box of the scan, all of it inside along axes where the scan is large enough; image and labels agree', () => {
    fc.assert(
      fc.property(triple, triple, fc.integer(), (dims, size, seed) => {
        const source = caseOf(dims, (i) => i % 5 === 0);
        const { image, labels } = randomCrop(source, { ...plain, size }, seededRandom(seed));
        const inside = size.reduce((product, s, axis) => product * Math.min(s, dims[axis] ?? 1), 1);
        const seen = [...image].filter((v) => v !== 0);
        expect(seen).toHaveLength(inside);
        expect(new Set(seen).size).toBe(inside);
        labels.forEach((label, at) => {
          const value = image[at] ?? 0;
          expect(label).toBe(value === 0 ? 0 : (source.labels?.[value - 1] ?? -1));
        });
        // Neighbours in the crop are neighbours in the scan.
        for (let at = 1; at < image.length; at++) {
          const [previous = 0, value = 0] = [image[at - 1], image[at]];
          if (at % size[2] !== 0 && previous !== 0 && value !== 0) expect(value).toBe(previous + 1);
        }
      }),
    );
  });

  it('puts a scan that is smaller in its middle, zero around', () => {
    const { image } = randomCrop(
      caseOf([2, 1, 3], () => false),
      { ...plain, size: [4, 4, 4] },
      seededRandom(1),
    );
    const places = [...image].flatMap((v, at) => (v === 0 ? [] : [[Math.floor(at / 16), Math.floor(at / 4) % 4, at % 4]]));
    const span = (axis: number): [number, number] => [
      Math.min(...places.map((p) => p[axis] ?? 9)),
      Math.max(...places.map((p) => p[axis] ?? -9)),
    ];
    expect([span(0), span(1), span(2)]).toEqual([
      [1, 2],
      [1, 1],
      [0, 2],
    ]);
  });

  it.each([0, 0.3, 1])('is centred on a labelled voxel with the chance of %f', (positiveShare) => {
    // One labelled voxel in a corner: crops of one voxel say what they are centred on.
    const source = caseOf([6, 6, 6], (i) => i === 7);
    const random = seededRandom(8);
    const runs = 2000;
    let positive = 0;
    for (let i = 0; i < runs; i++) positive += randomCrop(source, { ...plain, size: [1, 1, 1], positiveShare }, random).labels[0] ?? 0;
    expect(Math.abs(positive / runs - positiveShare)).toBeLessThanOrEqual(5 * Math.sqrt((positiveShare * (1 - positiveShare)) / runs));
  });

  it('takes any voxel when none is labelled, or all are', () => {
    for (const all of [true, false]) {
      const source = caseOf([3, 3, 3], () => all);
      for (const positiveShare of [0, 1]) {
        const seen = new Set<number>();
        const random = seededRandom(3);
        for (let i = 0; i < 400; i++) seen.add(randomCrop(source, { ...plain, size: [1, 1, 1], positiveShare }, random).image[0] ?? 0);
        expect(seen.size).toBe(27);
      }
    }
  });

  it('never is centred on an empty background voxel, nor on one that nobody labelled', () => {
    const IGNORED = 2;
    const classList = fc.array(fc.constantFrom(0, 1, IGNORED), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(triple, fc.integer({ min: 1, max: 2 }), classList, fc.integer(), (dims, channels, classes, seed) => {
        const n = count(dims);
        const labels = Uint8Array.from({ length: n }, (_, i) => classes[i % classes.length] ?? 0);
        // A voxel is empty where all its channels are 0; negative values are not empty.
        const values = Float32Array.from({ length: channels * n }, (_, i) => ((i % n) % 3 === 0 ? 0 : i % 2 === 0 ? -1 : 1));
        const source: TrainingCase = { id: 'a', scan: { values, channels, dims, geometry: straight(dims) }, labels };
        const counts = countCentres(source, IGNORED);
        const kinds = [...labels].map((label, v) => (label === 1 ? 'labelled' : label === 0 && v % 3 !== 0 ? 'background' : 'neither'));
        const total = (kind: string): number => kinds.filter((k) => k === kind).length;
        expect(counts.labelled.reduce((a, b) => a + b, 0)).toBe(total('labelled'));
        expect(counts.background.reduce((a, b) => a + b, 0)).toBe(total('background'));
        const random = seededRandom(seed);
        for (const labelled of [true, false]) {
          const [i, j, k] = drawCentre(source, counts, labelled, random, IGNORED);
          const wanted = (labelled ? ['labelled', 'background'] : ['background', 'labelled']).find((kind) => total(kind) > 0);
          if (wanted !== undefined) expect(kinds[(i * dims[1] + j) * dims[2] + k]).toBe(wanted);
        }
      }),
    );
  });

  it('draws every voxel of a kind as often as any other', () => {
    const source = caseOf([5, 2, 3], (i) => i % 4 === 1);
    const counts = countCentres(source);
    const random = seededRandom(4);
    const hits = new Map<number, number>();
    const draws = 8000;
    for (let d = 0; d < draws; d++) {
      const [i, j, k] = drawCentre(source, counts, true, random);
      const at = (i * 2 + j) * 3 + k;
      hits.set(at, (hits.get(at) ?? 0) + 1);
    }
    expect([...hits.keys()].sort((a, b) => a - b)).toEqual([1, 5, 9, 13, 17, 21, 25, 29]);
    const p = 1 / 8;
    for (const times of hits.values()) expect(Math.abs(times / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
  });

  it('turns image and labels by quarters in the plane of the first two axes, as NumPy does', () => {
    // numpy.rot90 of [[0, 1], [2, 3]], k = 1, 2, 3.
    const turns = [
      [1, 3, 0, 2],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ];
    const source = caseOf([2, 2, 2], (i) => i % 3 === 0, 2);
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { image, labels } = randomCrop(source, { ...plain, size: [2, 2, 2], rotateChance: 1 }, seededRandom(seed));
      const columns = [0, 1, 2, 3].map((at) => ((image[2 * at] ?? 0) - 1) / 2);
      seen.add(columns.join());
      image.forEach((value, at) => {
        const [c, v] = [Math.floor(at / 8), at % 8];
        const from = 2 * (columns[Math.floor(v / 2)] ?? -1) + (v % 2);
        expect(value).toBe(source.scan.values[c * 8 + from]);
        expect(labels[v]).toBe(source.labels?.[from]);
      });
    }
    expect([...seen].sort()).toEqual(turns.map((turn) => turn.join()).sort());
  });

  it('turns a crop whose first two sides differ by half only', () => {
    const source = caseOf([2, 3, 1], () => false);
    for (let seed = 0; seed < 10; seed++) {
      const { image } = randomCrop(source, { ...plain, size: [2, 3, 1], rotateChance: 1 }, seededRandom(seed));
      expect([...image]).toEqual([6, 5, 4, 3, 2, 1]);
    }
  });

  it('mirrors image and labels along each axis on its own coin; twice is the identity', () => {
    fc.assert(
      fc.property(triple, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), fc.integer({ min: 1, max: 2 }), (dims, flips, channels) => {
        const source = caseOf(dims, (i) => i % 3 === 0, channels);
        const settings = { ...plain, size: dims, flipChance: 0.5 };
        // Draws: labelled or not, three coins, factor, shift.
        const script = [0.9, ...flips.map((f) => (f ? 0.1 : 0.9)), 0.5, 0.5];
        const once = randomCrop(source, settings, scripted(script));
        const [n0, n1, n2] = dims;
        const n = count(dims);
        once.image.forEach((value, at) => {
          const [c, v] = [Math.floor(at / n), at % n];
          const place = [Math.floor(v / (n1 * n2)), Math.floor(v / n2) % n1, v % n2];
          const [a, b, d] = place.map((p, axis) => (flips[axis] === true ? (dims[axis] ?? 1) - 1 - p : p)) as [number, number, number];
          expect(a).toBeLessThan(n0);
          expect(value).toBe(source.scan.values[c * n + (a * n1 + b) * n2 + d]);
        });
        const again: TrainingCase = { id: 'b', scan: { ...source.scan, values: once.image }, labels: Uint8Array.from(once.labels) };
        const twice = randomCrop(again, settings, scripted(script));
        expect(twice.image).toEqual(source.scan.values);
        expect([...twice.labels]).toEqual([...(source.labels ?? [])]);
      }),
    );
  });

  it('scales and shifts the values by up to the settings, one number each for all voxels', () => {
    const source = caseOf([4, 4, 4], () => false);
    const random = seededRandom(5);
    const fits = Array.from({ length: 300 }, () => {
      const { image } = randomCrop(source, { ...plain, intensityScale: 0.1, intensityShift: 0.2 }, random);
      const factor = (image[63] ?? 0) - (image[62] ?? 0);
      const shift = (image[0] ?? 0) - factor;
      image.forEach((v, i) => expect(v).toBeCloseTo(factor * (1 + i) + shift, 3));
      return { factor, shift };
    });
    const range = (numbers: number[]): [number, number] => [Math.min(...numbers), Math.max(...numbers)];
    const [low, high] = range(fits.map((f) => f.factor));
    expect(low).toBeGreaterThanOrEqual(0.9 - 1e-4);
    expect(low).toBeLessThan(0.92);
    expect(high).toBeLessThanOrEqual(1.1 + 1e-4);
    expect(high).toBeGreaterThan(1.08);
    const [down, up] = range(fits.map((f) => f.shift));
    expect(down).toBeGreaterThanOrEqual(-0.2 - 1e-3);
    expect(down).toBeLessThan(-0.16);
    expect(up).toBeLessThanOrEqual(0.2 + 1e-3);
    expect(up).toBeGreaterThan(0.16);
  });
});
