import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { dispose, memory, scalar, sharpen, startBackend, tensor } from '../../core/compute/index.ts';
import { OutputMeters } from '../../core/model/output-meters.ts';

const K = 16;

beforeAll(async () => {
  await startBackend();
}, 180_000);

/** What the meters show in the last of `steps` batches of outputs, one row after the other. */
async function meters(rows: number, steps: number, output: (step: number, column: number) => number): Promise<Record<string, number>> {
  const watch = new OutputMeters(K);
  const shown: Record<string, number> = {};
  for (let step = 0; step < steps; step++) {
    const t = tensor(
      Float32Array.from({ length: rows * K }, (_, i) => output(step * rows + Math.floor(i / K), i % K)),
      [rows, K],
    );
    const a = sharpen(t, 0.04);
    const observed = watch.observe(a, t);
    for (const [name, value] of Object.entries(observed)) shown[name] = await scalar(value);
    dispose(t, a, ...Object.values(observed));
  }
  watch.dispose();
  return shown;
}

describe('meters of the teacher', () => {
  it.each([
    ['one row a step', 1, 200],
    ['rows enough', 64, 1],
  ])('tell apart one bin, flat answers and answers that differ from scan to scan, with %s', async (_, rows, steps) => {
    const before = memory();
    const oneBin = await meters(rows, steps, (_row, column) => (column === 3 ? 1 : 0));
    expect(oneBin['entropy']).toBeLessThan(0.01);
    expect(oneBin['meanEntropy']).toBeLessThan(0.01);
    expect(oneBin['spread']).toBeLessThan(1e-3);

    const flat = await meters(rows, steps, () => 0.5);
    expect(flat['entropy']).toBeCloseTo(Math.log(K), 4);
    expect(flat['meanEntropy']).toBeCloseTo(Math.log(K), 4);

    const alive = await meters(rows, steps, (row, column) => (row % K === column ? 1 : 0));
    expect(alive['entropy']).toBeLessThan(0.01);
    expect(alive['meanEntropy']).toBeGreaterThan(0.85 * Math.log(K));
    expect(alive['spread']).toBeGreaterThan(0.2);
    expect(memory()).toEqual(before);
  });

  it('show the spread of normal outputs, whether rows come together or one by one', async () => {
    const random = seededRandom(1);
    for (const [rows, steps] of [
      [1, 400],
      [400, 1],
    ] as const) {
      const { spread = 0 } = await meters(rows, steps, () => 0.3 * random.normal());
      expect(spread).toBeGreaterThan(0.24);
      expect(spread).toBeLessThan(0.36);
    }
  });
});
