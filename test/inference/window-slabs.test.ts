import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import type { PreparedScan, Triple } from '../../core/imaging/index.ts';
import { mirrorAxes, reversed } from '../../core/inference/mirror.ts';
import { windowSlabs, type WindowOptions } from '../../core/inference/sliding-window.ts';
import type { WindowNetwork } from '../../core/inference/window-network.ts';
import type { Slab } from '../../core/inference/window-sum.ts';
import { straight } from '../imaging/support/volumes.ts';

/** A network that gives each voxel what `f` says, in parts of three rows. */
function standIn(
  size: Triple,
  outputs: number,
  f: (crop: Float32Array, v: number, output: number) => number,
): WindowNetwork & { calls: number } {
  const network = {
    size,
    outputs,
    calls: 0,
    logitsOf: (crop: Float32Array, take: (logits: Float32Array, row: number) => void): Promise<void> => {
      network.calls++;
      const voxels = size[0] * size[1] * size[2];
      const all = Float32Array.from({ length: voxels * outputs }, (_, at) => f(crop, Math.floor(at / outputs), at % outputs));
      const row = size[1] * size[2] * outputs;
      for (let first = 0; first < size[0]; first += 3) take(all.slice(first * row, (first + 3) * row), first);
      return Promise.resolve();
    },
  };
  return network;
}

function scanOf(dims: Triple, value: (i: number, j: number, k: number) => number): PreparedScan {
  const values = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, v) =>
    value(Math.floor(v / (dims[1] * dims[2])), Math.floor(v / dims[2]) % dims[1], v % dims[2]),
  );
  return { values, channels: 1, dims, geometry: straight(dims) };
}

async function slabsOf(scan: PreparedScan, network: WindowNetwork, options: WindowOptions, inOnePiece = false): Promise<Slab[]> {
  const slabs: Slab[] = [];
  for await (const slab of windowSlabs(scan, network, options, silentTask, 'test', inOnePiece))
    slabs.push({ ...slab, logits: slab.logits.slice(), weight: slab.weight.slice() });
  return slabs;
}

async function wholeOf(scan: PreparedScan, network: WindowNetwork, options: WindowOptions): Promise<Slab> {
  const [slab, ...others] = await slabsOf(scan, network, options, true);
  if (slab === undefined || others.length > 0) throw new Error('one slab was expected');
  return slab;
}

const random = seededRandom(3);
const dice = (): number => random.integer(-8, 8);

describe('slabs of averaged logits', () => {
  it('are the rows of the whole, once each and one again, never more rows at a time than a window and one', async () => {
    const side = fc.integer({ min: 1, max: 20 });
    const windowSide = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side, side),
        fc.tuple(windowSide, windowSide, windowSide),
        fc.constantFrom(0, 0.25, 0.5, 0.8),
        fc.constantFrom('gaussian' as const, 'constant' as const),
        async (dims, size, overlap, blend) => {
          const scan = scanOf(dims, dice);
          const network = standIn(size, 2, (crop, v, output) => (crop[v] ?? NaN) * (output + 1) + Math.sin(v));
          const whole = await wholeOf(scan, network, { overlap, blend });
          const slabs = await slabsOf(scan, network, { overlap, blend });
          expect([whole.first, whole.rows, whole.repeated]).toEqual([0, dims[0], 0]);
          const row = dims[1] * dims[2] * 2;
          let next = 0;
          for (const { first, rows, repeated, logits } of slabs) {
            expect(first + repeated).toBe(next);
            expect(repeated).toBe(next === 0 ? 0 : 1);
            expect(rows).toBeLessThanOrEqual(size[0] + 1);
            expect(logits).toEqual(whole.logits.subarray(first * row, (first + rows) * row));
            next = first + rows;
          }
          expect(next).toBe(dims[0]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('mirror averaging', () => {
  const size: Triple = [4, 5, 6];
  const at = (v: number): Triple => [Math.floor(v / 30), Math.floor(v / 6) % 5, v % 6];

  it('mirrors twice to the same, along each axis that is named', () => {
    const crop = Float32Array.from({ length: 240 }, dice);
    for (const axes of mirrorAxes) {
      const there = reversed(crop, size, axes);
      expect(reversed(there, size, axes)).toEqual(crop);
      const [i, j, k] = [1, 3, 2].map((x, axis) => (axes[axis] === true ? (size[axis] ?? 0) - 1 - x : x)) as [number, number, number];
      // The second channel.
      expect(there[120 + i * 30 + j * 6 + k]).toBe(crop[120 + 30 + 18 + 2]);
    }
    expect(new Set(mirrorAxes.map(String))).toHaveLength(8);
  });

  it('puts every mirrored window back exactly: what a network copies from its crop comes out as it was', async () => {
    const scan = scanOf([9, 5, 11], dice);
    const copies = standIn(size, 1, (crop, v) => crop[v] ?? NaN);
    const { logits } = await wholeOf(scan, copies, { mirror: true, blend: 'constant', overlap: 0.5 });
    expect(logits).toEqual(scan.values);
  });

  it('changes nothing where the network commutes with mirroring', async () => {
    const scan = scanOf([9, 12, 11], dice);
    // Six times the voxel and its neighbours along k: whole numbers, so that sums are exact.
    const blurs = standIn(size, 1, (crop, v) => {
      const k = v % 6;
      return 6 * (crop[v] ?? 0) + (k > 0 ? (crop[v - 1] ?? 0) : 0) + (k < 5 ? (crop[v + 1] ?? 0) : 0);
    });
    const settings = { blend: 'constant', overlap: 0 } as const;
    expect((await wholeOf(scan, blurs, { ...settings, mirror: true })).logits).toEqual((await wholeOf(scan, blurs, settings)).logits);
  });

  it('is the mean over the eight copies where it does not', async () => {
    const scan = scanOf([4, 5, 6], dice);
    const leans = standIn(size, 1, (_, v) => at(v)[0] + 100 * at(v)[1] + 10000 * at(v)[2]);
    const { logits } = await wholeOf(scan, leans, { mirror: true, overlap: 0.5 });
    expect(leans.calls).toBe(8);
    for (const value of logits) expect(value).toBeCloseTo(1.5 + 200 + 25000, 1);
  });
});

describe('empty windows', () => {
  const size: Triple = [4, 4, 4];
  const count = standIn(size, 2, (crop, v, output) => (crop[v] ?? NaN) + Math.cos(3 * v + output));

  it('are not run, and nothing changes but inside of them', async () => {
    const corner = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 11 }))) as fc.Arbitrary<[number, number, number]>;
    await fc.assert(
      fc.asyncProperty(fc.array(corner, { maxLength: 4 }), fc.constantFrom(0, 0.5), async (marks, overlap) => {
        const scan = scanOf([12, 12, 12], (i, j, k) => (marks.some((m) => m[0] === i && m[1] === j && m[2] === k) ? 1 : 0));
        const options = { overlap, blend: 'gaussian' } as const;
        count.calls = 0;
        const all = await wholeOf(scan, count, { ...options, skipEmpty: false });
        const [windows, allCalls] = [overlap === 0 ? 27 : 125, count.calls];
        count.calls = 0;
        const some = await wholeOf(scan, count, options);
        expect(allCalls).toBe(windows);
        expect(count.calls).toBeLessThanOrEqual(windows);
        if (marks.length === 0) expect(count.calls).toBe(0);

        // By brute force: which windows are empty, and which voxels lie in one of them, or in no other.
        const starts = overlap === 0 ? [0, 4, 8] : [0, 2, 4, 6, 8];
        const inEmpty = new Uint8Array(1728);
        const inOther = new Uint8Array(1728);
        for (const a of starts)
          for (const b of starts)
            for (const c of starts) {
              const full = marks.some((m) => [a, b, c].every((s, axis) => (m[axis] ?? 0) >= s && (m[axis] ?? 0) < s + 4));
              for (let v = 0; v < 64; v++)
                (full ? inOther : inEmpty)[(a + Math.floor(v / 16)) * 144 + (b + (Math.floor(v / 4) % 4)) * 12 + c + (v % 4)] = 1;
            }
        for (let v = 0; v < 1728; v++) {
          if (inEmpty[v] === 0) expect(some.logits.subarray(2 * v, 2 * v + 2)).toEqual(all.logits.subarray(2 * v, 2 * v + 2));
          expect((some.weight[v] ?? 0) > 0).toBe(inOther[v] === 1);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are those of every channel', async () => {
    const scan: PreparedScan = { ...scanOf([4, 4, 4], () => 0), channels: 2, values: new Float32Array(128).fill(1, 127) };
    count.calls = 0;
    await wholeOf(scan, count, {});
    expect(count.calls).toBe(1);
  });
});

it('refuses settings out of their range', async () => {
  const network = standIn([4, 4, 4], 1, () => 0);
  await expect(wholeOf(scanOf([4, 4, 4], dice), network, { overlap: 1 })).rejects.toThrow();
});
