import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { memory, startBackend } from '../../core/compute/index.ts';
import { indexIJK, indexToPoint, pointToIndex, type PreparedScan, type Triple, type Volume } from '../../core/imaging/index.ts';
import { boxAround, reconstruct } from '../../core/inference/reconstruct.ts';
import { glMaeSpecs } from '../../core/model/gl-mae.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { createParameters, disposeParameters, type Parameters } from '../../core/model/parameters.ts';
import { pretrainingMethod } from '../../core/model/pretraining-methods.ts';
import { visibleCount } from '../../core/model/views.ts';
import { turnedGeometry } from '../imaging/support/volumes.ts';

const settings = methodSettings.parse({
  encoder: { width: 24, depth: 2, heads: 2, patch: [4, 2, 4] },
  decoder: { width: 12, depth: 1, heads: 2 },
  globalSize: [12, 8, 16],
  localSize: [8, 4, 8],
});
const dims: Triple = [20, 15, 18];
const scan: PreparedScan = {
  values: Float32Array.from({ length: 20 * 15 * 18 }, (_, v) => Math.sin(v / 7) + Math.cos(v / 300)),
  channels: 1,
  dims,
  geometry: turnedGeometry(dims, [0.7, 1, 1.3], [0.2, 0.1, -0.4], [5, 6, 7]),
};
let parameters: Parameters;

beforeAll(async () => {
  await startBackend();
  parameters = createParameters(glMaeSpecs(settings).student, seededRandom(6));
}, 180_000);
afterAll(() => {
  disposeParameters(parameters);
});

const voxel = ({ voxels, geometry: { dims: n } }: Volume, i: number, j: number, k: number): number =>
  voxels[i + n[0] * (j + n[1] * k)] ?? Number.NaN;

describe('reconstruction of a masked view', () => {
  it.each([
    ['global', 0.75, 1],
    ['local', 0.5, 0.5],
    ['global', 0.3, 0.6],
  ] as const)('%s, mask ratio %f, share %f', async (view, maskRatio, share) => {
    const before = memory();
    const r = await reconstruct(scan, parameters, settings, { view, share, maskRatio, seed: 4 });
    expect(memory()).toEqual(before);
    const size = view === 'global' ? settings.globalSize : settings.localSize;
    const { patch } = settings.encoder;
    for (const volume of [r.input, r.masked, r.reconstruction, r.error, r.mask]) expect(volume.geometry.dims).toEqual(size);

    const grid: Triple = [size[0] / patch[0], size[1] / patch[1], size[2] / patch[2]];
    const patches = grid[0] * grid[1] * grid[2];
    const visible = visibleCount(patches, maskRatio);
    expect(r.numbers).toMatchObject({ patches, masked: patches - visible });

    // Everything again from the volumes alone.
    const shownPatches: Triple[] = [];
    const hiddenPatches: Triple[] = [];
    const each = ([a, b, c]: Triple, f: (i: number, j: number, k: number) => void): void => {
      for (let i = 0; i < patch[0]; i++)
        for (let j = 0; j < patch[1]; j++) for (let k = 0; k < patch[2]; k++) f(a * patch[0] + i, b * patch[1] + j, c * patch[2] + k);
    };
    for (let a = 0; a < grid[0]; a++)
      for (let b = 0; b < grid[1]; b++)
        for (let c = 0; c < grid[2]; c++) {
          const masks = new Set<number>();
          each([a, b, c], (i, j, k) => masks.add(voxel(r.mask, i, j, k)));
          expect(masks.size).toBe(1);
          (masks.has(1) ? hiddenPatches : shownPatches).push([a, b, c]);
        }
    expect(shownPatches).toHaveLength(visible);
    let sum = 0;
    let n = 0;
    for (const p of shownPatches)
      each(p, (i, j, k) => {
        expect(voxel(r.reconstruction, i, j, k)).toBe(voxel(r.input, i, j, k));
        expect(voxel(r.masked, i, j, k)).toBe(voxel(r.input, i, j, k));
        expect(voxel(r.error, i, j, k)).toBe(0);
        sum += voxel(r.input, i, j, k);
        n++;
      });
    const mean = sum / n;
    let [mse, flat, bestCopy, worstCopy, count] = [0, 0, 0, 0, 0];
    for (const p of hiddenPatches) {
      const distances = shownPatches.map((s) => Math.hypot(s[0] - p[0], s[1] - p[1], s[2] - p[2]));
      const nearest = shownPatches.filter((_, i) => (distances[i] ?? 0) < Math.min(...distances) + 1e-9);
      const errors = nearest.map(() => 0);
      each(p, (i, j, k) => {
        const value = voxel(r.input, i, j, k);
        expect(voxel(r.masked, i, j, k)).toBe(0);
        expect(voxel(r.error, i, j, k)).toBeCloseTo(Math.abs(voxel(r.reconstruction, i, j, k) - value), 5);
        mse += (voxel(r.reconstruction, i, j, k) - value) ** 2;
        flat += (mean - value) ** 2;
        nearest.forEach((s, at) => {
          const [x, y, z] = [i + (s[0] - p[0]) * patch[0], j + (s[1] - p[1]) * patch[1], k + (s[2] - p[2]) * patch[2]];
          errors[at] = (errors[at] ?? 0) + (voxel(r.input, x, y, z) - value) ** 2;
        });
        count++;
      });
      // Several may be equally near, and which of them is copied cannot be known from outside.
      bestCopy += Math.min(...errors);
      worstCopy += Math.max(...errors);
    }
    expect(r.numbers.mse).toBeCloseTo(mse / count, 5);
    expect(r.numbers.meanOfVisibleMse).toBeCloseTo(flat / count, 5);
    expect(r.numbers.nearestVisibleMse).toBeGreaterThanOrEqual(bestCopy / count - 1e-6);
    expect(r.numbers.nearestVisibleMse).toBeLessThanOrEqual(worstCopy / count + 1e-6);
    expect(r.numbers.improvement).toBeCloseTo(1 - mse / flat, 5);
  });

  it('lies where it was cut from the scan', async () => {
    const r = await reconstruct(scan, parameters, settings, { view: 'local', share: 0.5, maskRatio: 0.5, seed: 4, center: [9, 7, 8] });
    const { corner, size } = boxAround(dims, [10, 8, 9], [9, 7, 8]);
    // The outer faces of the view are those of the box.
    const edges: [Triple, Triple][] = [
      [[-0.5, -0.5, -0.5], corner.map((c) => c - 0.5) as unknown as Triple],
      [
        settings.localSize.map((s) => s - 0.5) as unknown as Triple,
        corner.map((c, axis) => c + (size[axis] ?? 0) - 0.5) as unknown as Triple,
      ],
    ];
    for (const [inView, inScan] of edges) {
      const at = pointToIndex(scan.geometry, indexToPoint(r.input.geometry, indexIJK(...inView)));
      inScan.forEach((expected, axis) => expect(at[axis]).toBeCloseTo(expected, 6));
    }
  });

  it('is the same for the same seed, and masks other patches for another', async () => {
    const run = (seed: number) => reconstruct(scan, parameters, settings, { view: 'global', share: 1, maskRatio: 0.75, seed });
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(b).toEqual(a);
    expect(c.mask.voxels).not.toEqual(a.mask.voxels);
  });
});

describe('reconstruction by the other methods', () => {
  const small = {
    encoder: { width: 24, depth: 2, heads: 2, patch: [4, 2, 4] },
    decoder: { width: 12, depth: 1, heads: 2 },
    globalSize: [12, 8, 16],
    cropSize: [8, 6, 8],
  };
  const run = async (changes: Readonly<Record<string, unknown>>, view?: 'global' | 'crop') => {
    const s = methodSettings.parse({ ...small, ...changes });
    const method = pretrainingMethod(s);
    const weights = createParameters(method.specs.student, seededRandom(6));
    method.dispose();
    try {
      const options = { maskRatio: 0.5, seed: 4, center: [9, 7, 8] as const, ...(view === undefined ? {} : { view }) };
      return await reconstruct(scan, weights, s, options);
    } finally {
      disposeParameters(weights);
    }
  };

  it.each(['mae', 'simmim'])('%s: a crop of the scan, not resized', async (method) => {
    const before = memory();
    const r = await run({ method, normaliseTargets: false });
    expect(memory()).toEqual(before);
    expect(r.view).toBe('crop');
    expect(r.note).toBeUndefined();
    expect(r.numbers).toMatchObject({ of: 'voxels', patches: 12, masked: 6 });
    expect(r.input.geometry.spacing).toEqual(scan.geometry.spacing);
    const { corner } = boxAround(dims, [8, 6, 8], [9, 7, 8]);
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 6; j++)
        for (let k = 0; k < 8; k++)
          expect(voxel(r.input, i, j, k)).toBe(scan.values[((corner[0] + i) * 15 + corner[1] + j) * 18 + corner[2] + k]);
    // Both guesses beside the network.
    expect(r.numbers.improvement).toBeCloseTo(1 - r.numbers.mse / r.numbers.meanOfVisibleMse, 9);
    expect(r.numbers.improvementOnNearest).toBeCloseTo(1 - r.numbers.mse / r.numbers.nearestVisibleMse, 9);
  });

  it('of normalised targets are measured among those, and the pictures say what they borrow', async () => {
    const r = await run({ method: 'mae', targetFloor: 0.01 });
    expect(r.numbers.of).toBe('normalised patches');
    expect(r.note).toMatch(/take both from the true patch/);
    const patch = [4, 2, 4] as const;
    let [sum, flat, n] = [0, 0, 0];
    for (let a = 0; a < 2; a++)
      for (let b = 0; b < 3; b++)
        for (let c = 0; c < 2; c++) {
          const at = (volume: Volume): number[] =>
            Array.from({ length: 32 }, (_, v) =>
              voxel(volume, a * patch[0] + Math.floor(v / 8), b * patch[1] + (Math.floor(v / 4) % 2), c * patch[2] + (v % 4)),
            );
          if (at(r.mask)[0] !== 1) continue;
          const truth = at(r.input);
          const mean = truth.reduce((x, y) => x + y) / 32;
          const deviation = Math.sqrt(truth.reduce((x, y) => x + (y - mean) ** 2, 0) / 32 + 0.01);
          at(r.reconstruction).forEach((painted, v) => {
            const [t = 0, p = 0] = [(truth[v] ?? 0) - mean, painted - mean].map((x) => x / deviation);
            sum += (t - p) ** 2;
            flat += t ** 2;
            n++;
          });
        }
    expect(n).toBe(6 * 32);
    expect(r.numbers.mse).toBeCloseTo(sum / n, 4);
    // The guess that knows a patch's mean and no more: what is left is the share of the variance above the floor.
    expect(r.numbers.meanOfVisibleMse).toBeCloseTo(flat / n, 4);
  });

  it('refuses a view that the run did not take, and one of which nothing is masked', async () => {
    await expect(run({ method: 'mae' }, 'global')).rejects.toMatchObject({ code: 'bad-setting', subject: 'view' });
    await expect(run({}, 'crop')).rejects.toMatchObject({ code: 'bad-setting', subject: 'view' });
    await expect(run({ method: 'mae', cropSize: [4, 2, 4] })).rejects.toMatchObject({ code: 'bad-setting', subject: 'maskRatio' });
  });
});

it('a box around a voxel lies in the scan, or the scan in its middle', () => {
  const side = fc.integer({ min: 1, max: 40 });
  const triple = fc.tuple(side, side, side);
  fc.assert(
    fc.property(triple, triple, triple, (n, size, at) => {
      const center = at.map((x, axis) => Math.min(x, n[axis] ?? 1) - 1) as unknown as Triple;
      const { corner } = boxAround(n, size, center);
      n.forEach((length, axis) => {
        const [c = -1, s = 0, m = 0] = [corner[axis], size[axis], center[axis]];
        if (s > length) {
          const [before, after] = [-c, c + s - length];
          expect(after - before === 0 || after - before === 1).toBe(true);
          return;
        }
        expect(c).toBeGreaterThanOrEqual(0);
        expect(c + s).toBeLessThanOrEqual(length);
        expect(m).toBeGreaterThanOrEqual(c);
        expect(m).toBeLessThan(c + s);
      });
    }),
  );
});
