import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { dispose, keep, memory, startBackend, tensor, values } from '../../core/compute/index.ts';
import { createGuard, ENOUGH_ROWS, freshMoments, standardised as standardise } from '../../core/model/anti-collapse.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

const random = seededRandom(12);
/** Rows of two outputs: around 5 with a spread of 0.3, around −2 with a spread of 4. */
const rowsOf = (n: number): number[][] => Array.from({ length: n }, () => [5 + 0.3 * random.normal(), -2 + 4 * random.normal()]);
const column = (rows: readonly number[][], c: number): number[] => rows.map((row) => row[c] ?? Number.NaN);
const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const variance = (x: readonly number[]): number => mean(x.map((v) => (v - mean(x)) ** 2));

async function standardised(rows: readonly number[][], running = freshMoments(2)): Promise<{ out: number[][]; running: typeof running }> {
  const e = keep(tensor(rows.flat(), [rows.length, 2]));
  const y = standardise(e, running);
  const flat = await values(y);
  dispose(e, y);
  return { out: rows.map((_, r) => [flat[2 * r] ?? Number.NaN, flat[2 * r + 1] ?? Number.NaN]), running };
}

describe('outputs standardised over the batch (method 4.8)', () => {
  it('have mean 0 and a spread of 0.1 where there are rows enough, without the running moments', async () => {
    const before = memory();
    const { out, running } = await standardised(rowsOf(ENOUGH_ROWS));
    for (const c of [0, 1]) {
      expect(mean(column(out, c))).toBeCloseTo(0, 5);
      expect(Math.sqrt(variance(column(out, c)))).toBeCloseTo(0.1, 5);
    }
    expect(running.count).toBe(0);
    dispose(running.mean, running.variance);
    expect(memory()).toEqual(before);
  });

  it.each([1, 2, 5])('in batches of %i take mean and variance of all rows so far, a moving average after ten batches', async (size) => {
    const before = memory();
    const running = freshMoments(2);
    const seen: number[][] = [];
    for (let batch = 0; batch < 10; batch++) {
      const rows = rowsOf(size);
      seen.push(...rows);
      const { out } = await standardised(rows, running);
      for (const c of [0, 1]) {
        const all = column(seen, c);
        rows.forEach((row, r) =>
          expect(out[r]?.[c]).toBeCloseTo((0.1 * ((row[c] ?? 0) - mean(all))) / Math.sqrt(variance(all) + 1e-8), batch === 0 ? 2 : 4),
        );
      }
    }
    expect(running.count).toBe(10);
    const [m, v] = [await values(running.mean), await values(running.variance)];
    const rows = rowsOf(size);
    await standardised(rows, running);
    for (const c of [0, 1]) {
      const now = column(rows, c);
      const [oldMean, oldVariance] = [m[c] ?? 0, v[c] ?? 0];
      expect((await values(running.mean))[c]).toBeCloseTo(0.9 * oldMean + 0.1 * mean(now), 4);
      expect((await values(running.variance))[c]).toBeCloseTo(
        0.9 * oldVariance + 0.1 * variance(now) + 0.09 * (mean(now) - oldMean) ** 2,
        3,
      );
    }
    dispose(running.mean, running.variance);
    expect(memory()).toEqual(before);
  });

  it('are left alone where nothing guards against collapse', async () => {
    const e = tensor([1, 2, 3, 4], [2, 2]);
    const guard = createGuard({ antiCollapse: 'none', centreMomentum: 0.9, sinkhornRounds: 3, head: { out: 2 } });
    expect([...(await values(guard.student(e)))]).toEqual([1, 2, 3, 4]);
    dispose(e);
  });
});
