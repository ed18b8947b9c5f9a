import { describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { indexIJK, indexToPoint, pointToIndex, type PreparedScan, type Triple } from '../../core/imaging/index.ts';
import { featureColours, similarity } from '../../core/inference/feature-maps.ts';
import { scanFeatures, type Encode } from '../../core/inference/scan-features.ts';
import { correlation } from '../../core/inference/view-agreement.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { turnedGeometry } from '../imaging/support/volumes.ts';

const encoder = { width: 24, depth: 1, heads: 2, patch: [4, 2, 4] };

/** A scan whose value at a voxel is f(i, j, k); its first axis is the slowest. */
function scanOf(dims: Triple, f: (i: number, j: number, k: number) => number): PreparedScan {
  const values = new Float32Array(dims[0] * dims[1] * dims[2]);
  let at = 0;
  for (let i = 0; i < dims[0]; i++) for (let j = 0; j < dims[1]; j++) for (let k = 0; k < dims[2]; k++) values[at++] = f(i, j, k);
  return { values, channels: 1, dims, geometry: turnedGeometry(dims, [0.7, 1, 1.3], [0.2, 0.1, -0.4], [5, 6, 7]) };
}

/** Two features of a patch that do not depend on its view: its mean and its first voxel. */
const plain: Encode = (patches, grid) => {
  const n = grid[0] * grid[1] * grid[2];
  const length = patches.length / n;
  const rows = Array.from({ length: n }, (_, p) => patches.subarray(p * length, (p + 1) * length));
  return Promise.resolve(Float32Array.from(rows.flatMap((row) => [row.reduce((sum, v) => sum + v, 0) / length, row[0] ?? NaN])));
};

describe('features of a whole scan', () => {
  it.each([
    ['even grids of patches', [12, 8, 16]],
    ['odd ones', [12, 6, 20]],
  ] as const)('say of a place what the scan holds there: views brought to size, %s', async (_, globalSize) => {
    const s = methodSettings.parse({ encoder, globalSize, localSize: [8, 4, 8] });
    // A ramp stays one when it is resized, but at its ends, and to a part of a voxel where it shrinks.
    const ramp = (i: number, j: number, k: number): number => 3 * i - 2 * j + k;
    const scan = scanOf([25, 21, 18], ramp);
    const { geometry, features, width } = await scanFeatures(scan, s, plain, silentTask);
    expect(width).toBe(2);
    const [n0, n1, n2] = geometry.dims;
    expect([n0, n1, n2]).toEqual(globalSize.map((n, axis) => (2 * n) / (encoder.patch[axis] ?? 1)));
    for (let a = 1; a < n0 - 1; a++)
      for (let b = 1; b < n1 - 1; b++)
        for (let c = 1; c < n2 - 1; c++) {
          const [i, j, k] = pointToIndex(scan.geometry, indexToPoint(geometry, indexIJK(a, b, c)));
          expect(Math.abs((features[2 * ((a * n1 + b) * n2 + c)] ?? NaN) - ramp(i, j, k))).toBeLessThan(0.25);
        }
  });

  it('of crops: patches of the scan as it is, with 0 around it', async () => {
    const s = methodSettings.parse({ method: 'mae', encoder, cropSize: [8, 6, 8] });
    const scan = scanOf([17, 5, 20], (i, j, k) => 1 + i + 100 * j + 10_000 * k);
    const { geometry, features } = await scanFeatures(scan, s, plain, silentTask);
    // 17 → 20, 5 → 6, 20 → 20 voxels, in patches of 4, 2, 4.
    expect(geometry.dims).toEqual([5, 3, 5]);
    const [n1, n2] = [3, 5];
    // The second patch along the first axis begins at voxel 4 − 1, as one of three added voxels lies before.
    expect(features[2 * ((1 * n1 + 1) * n2 + 2) + 1]).toBe(1 + 3 + 100 * 2 + 10_000 * 8);
    // The last patch along the second axis ends beyond the scan.
    const at = pointToIndex(scan.geometry, indexToPoint(geometry, indexIJK(0, 2, 0)));
    expect(at[0]).toBeCloseTo(0.5, 6);
    expect(at[1]).toBeCloseTo(4.5, 6);
    expect(at[2]).toBeCloseTo(1.5, 6);
  });

  it('is cancelled between views', async () => {
    const s = methodSettings.parse({ encoder, globalSize: [12, 8, 16], localSize: [8, 4, 8] });
    const signal = AbortSignal.abort();
    const work = scanFeatures(
      scanOf([9, 9, 9], () => 0),
      s,
      plain,
      { ...silentTask, signal },
    );
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('maps of features', () => {
  const geometry = turnedGeometry([2, 1, 3], [1, 1, 1], [0, 0, 0], [0, 0, 0]);
  // Row-major: patch (a, 0, c) is row 3a + c.
  const features = Float32Array.from([0, 0, 1, 0, 2, 0, 0, 4, 1, 4, 2, 4]);

  it('give each component its own colour from its least to its most, i fastest', () => {
    const { rgb, explained } = featureColours({ geometry, width: 2, features });
    // The second feature varies most: red tells it. Patches in the order (0,0,0), (1,0,0), (0,0,1) …
    expect([...rgb].filter((_, i) => i % 3 === 0)).toEqual([0, 255, 0, 255, 0, 255]);
    expect([...rgb].filter((_, i) => i % 3 === 1)).toEqual([0, 0, 128, 128, 255, 255]);
    expect(explained[0]).toBeCloseTo(4 / (4 + 2 / 3), 6);
    expect(explained[2]).toBe(0);
  });

  it('tell the cosine to one patch of features less their mean', () => {
    const cosines = similarity({ geometry, width: 2, features }, [0, 0, 0]);
    const centred = [0, 1, 2, 3, 4, 5].map((row) => [(features[2 * row] ?? 0) - 1, (features[2 * row + 1] ?? 0) - 2] as const);
    const [x = 0, y = 0] = centred[0] ?? [];
    [0, 3, 1, 4, 2, 5].forEach((row, at) => {
      const [u = 0, v = 0] = centred[row] ?? [];
      expect(cosines[at]).toBeCloseTo((u * x + v * y) / (Math.hypot(u, v) * Math.hypot(x, y)), 5);
    });
  });

  it('correlation sees no common offset and no scale', () => {
    const a = Float32Array.of(1, 2, 3, 7);
    expect(
      correlation(
        a,
        a.map((v) => 5 + 2 * v),
      ),
    ).toBeCloseTo(1, 6);
    expect(
      correlation(
        a,
        a.map((v) => 5 - 2 * v),
      ),
    ).toBeCloseTo(-1, 6);
    expect(correlation(a, Float32Array.of(3, 3, 3, 3))).toBe(0);
  });
});
