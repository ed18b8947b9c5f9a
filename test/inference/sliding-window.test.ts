import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { dispose, memory, startBackend, values } from '../../core/compute/index.ts';
import type { PreparedScan, Triple } from '../../core/imaging/index.ts';
import { argmaxLabels } from '../../core/inference/argmax.ts';
import { slidingWindow, windowStarts, windowWeights } from '../../core/inference/sliding-window.ts';
import { closeModel } from '../../core/model/saved-model.ts';
import { disposeInput } from '../../core/model/network-input.ts';
import { segmentationNetwork } from '../../core/model/segmentation-network.ts';
import { straight } from '../imaging/support/volumes.ts';
import { randomModel } from './support/random-model.ts';

describe('where windows start (method 9.2)', () => {
  it.each([
    [
      0.5,
      [
        [0, 48, 96, 128],
        [0, 48, 96, 128],
        [0, 1],
      ],
      32,
    ],
    [
      0.25,
      [
        [0, 72, 128],
        [0, 72, 128],
        [0, 1],
      ],
      18,
    ],
  ])('224 x 224 x 97 in windows of 96 that overlap by %f', (overlap, starts, count) => {
    expect([224, 224, 97].map((n) => windowStarts(n, 96, overlap))).toEqual(starts);
    expect(starts.reduce((product, s) => product * s.length, 1)).toBe(count);
  });

  it('covers every voxel, never beyond the end, the last window at the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        (window, more, overlap) => {
          const size = window + more;
          const starts = windowStarts(size, window, overlap);
          expect(starts[0]).toBe(0);
          expect(starts.at(-1)).toBe(size - window);
          const step = Math.max(1, Math.floor(window * (1 - overlap)));
          starts.slice(1).forEach((at, i) => {
            expect(at - (starts[i] ?? 0)).toBeGreaterThan(0);
            expect(at - (starts[i] ?? 0)).toBeLessThanOrEqual(step);
          });
        },
      ),
    );
  });
});

describe('weights of a window (method 9.2)', () => {
  it('are a Gaussian around its middle', () => {
    const w = windowWeights(96, 'gaussian');
    expect(w[0]).toBeLessThan(1e-3);
    expect(w[11]).toBeCloseTo(0.009795, 6);
    expect(w[24]).toBeCloseTo(0.146969, 6);
    expect(w[47]).toBeCloseTo(0.999132, 6);
    expect((w[47] ?? 0) ** 3).toBeCloseTo(0.997399, 6);
    let low = 0;
    for (const a of w) for (const b of w) for (const c of w) if (a * b * c <= 1e-3) low++;
    expect(low / 96 ** 3).toBeCloseTo(0.58, 2);
    for (let i = 0; i < 48; i++) expect(w[i]).toBe(w[95 - i]);
  });

  it('are ones when all voxels count the same', () => {
    expect([...windowWeights(5, 'constant')]).toEqual([1, 1, 1, 1, 1]);
  });
});

const size: Triple = [8, 8, 8];
function scanOf(dims: Triple): PreparedScan {
  const random = seededRandom(9);
  const values = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, () => random.normal());
  return { values, channels: 1, dims, geometry: straight(dims) };
}

describe('the network over a whole scan', () => {
  beforeAll(async () => {
    await startBackend();
  }, 180_000);

  it.each(['gaussian', 'constant'] as const)('averages logits with %s weights, padding what is smaller than a window', async (blend) => {
    const model = randomModel({ size, patch: [4, 4, 4] });
    const before = memory();
    const scan = scanOf([13, 5, 8]);
    const actual = await slidingWindow(scan, model, { overlap: 0.5, blend }, silentTask, 'test');
    expect(memory()).toEqual(before);

    // By the definition, in double precision: padded to 13 x 8 x 8, one voxel of padding before and two behind.
    const [classes, pad] = [3, 1];
    const sum = new Float64Array(13 * 8 * 8 * classes);
    const total = new Float64Array(13 * 8 * 8);
    const g = (i: number): number => (blend === 'constant' ? 1 : Math.exp(-((i - 3.5) ** 2) / 2));
    for (const start of [0, 4, 5]) {
      const crop = new Float32Array(512);
      for (let a = 0; a < 8; a++)
        for (let b = 0; b < 5; b++)
          for (let c = 0; c < 8; c++) crop[(a * 8 + b + pad) * 8 + c] = scan.values[((start + a) * 5 + b) * 8 + c] ?? Number.NaN;
      const network = segmentationNetwork(model.document);
      const input = network.inputs([crop]);
      const out = network.logits(input, model.parameters);
      const logits = await values(out);
      disposeInput(input);
      dispose(out);
      for (let v = 0; v < 512; v++) {
        const [a, b, c] = [Math.floor(v / 64), Math.floor(v / 8) % 8, v % 8];
        const weight = Math.max(1e-3, g(a) * g(b) * g(c));
        const to = (start + a) * 64 + b * 8 + c;
        total[to] = (total[to] ?? 0) + weight;
        for (let k = 0; k < classes; k++) sum[to * classes + k] = (sum[to * classes + k] ?? 0) + weight * (logits[v * classes + k] ?? 0);
      }
    }
    let worst = 0;
    for (let a = 0; a < 13; a++)
      for (let b = 0; b < 5; b++)
        for (let c = 0; c < 8; c++)
          for (let k = 0; k < classes; k++) {
            const from = a * 64 + (b + pad) * 8 + c;
            const expected = (sum[from * classes + k] ?? 0) / (total[from] ?? 0);
            worst = Math.max(worst, Math.abs((actual[((a * 5 + b) * 8 + c) * classes + k] ?? Number.NaN) - expected));
          }
    expect(worst).toBeLessThan(1e-5);
    expect(actual).toHaveLength(13 * 5 * 8 * classes);
    closeModel(model);
  });

  it('stops when cancelled and leaves no tensor behind', async () => {
    const model = randomModel({ size, patch: [4, 4, 4] });
    const before = memory();
    const controller = new AbortController();
    const task = { signal: controller.signal, progress: () => controller.abort() };
    await expect(slidingWindow(scanOf([16, 16, 16]), model, { overlap: 0.5, blend: 'gaussian' }, task, 'test')).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(memory()).toEqual(before);
    closeModel(model);
  });
});

it('the class of the highest logit wins, the first of equals', () => {
  expect([...argmaxLabels(Float32Array.of(0, 1, 0, 5, 5, 1, -3, -2, -1), 3)]).toEqual([1, 0, 2]);
});
