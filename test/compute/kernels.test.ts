import { describe, expect, test } from 'vitest';
import {
  attention,
  diceCe,
  dispose,
  groupNormRelu,
  instanceNorm,
  integers,
  layerNorm,
  linear,
  meanSquaredError,
  memory,
  movingAverage,
  scope,
  tensorFromOwned,
  values,
  zeros,
  type Tensor,
} from '../../core/compute/index.ts';
import { backendAbsence } from '../support/backend.ts';

const absent = await backendAbsence('tensorflow', {}, { fused: true });
describe.skipIf(absent !== undefined)(`compiled operations${absent === undefined ? '' : ` (skipped: ${absent})`}`, () => {
  describe('refuse sizes that would lead out of memory', () => {
    test.each<[string, () => Tensor]>([
      ['layer norm', () => layerNorm(zeros([2, 8]), zeros([4]), zeros([8]), 1e-6)],
      ['attention', () => attention(zeros([1, 4, 12]), { heads: 5 })],
      ['attention', () => attention(zeros([4, 12]), { heads: 1 })],
      ['attention', () => attention(zeros([1, 4, 12]), { heads: 1, queries: { first: 2, count: 3 } })],
      ['matrix product', () => linear(zeros([16, 32]), zeros([64, 16]))],
      ['matrix product', () => linear(zeros([16, 32]), zeros([64, 32]), zeros([16]))],
      ['dice', () => diceCe(zeros([2, 10, 3]), integers(new Int32Array(10), [1, 10]))],
      [
        'instance norm',
        () => instanceNorm(zeros([1, 2, 2, 2, 3]), { slope: 1, residual: { value: zeros([1, 2, 2, 2, 2]), normalise: false } }),
      ],
      ['group norm', () => groupNormRelu(zeros([1, 2, 2, 2, 6]), zeros([6]), zeros([6]), 4)],
      ['group norm', () => groupNormRelu(zeros([1, 2, 2, 2, 6]), zeros([5]), zeros([6]), 2)],
      ['squared distance', () => meanSquaredError(zeros([10]), zeros([5]))],
      ['moving average', () => movingAverage(zeros([10]), zeros([5]), 0.5)],
    ])('%s', (name, run) => {
      const before = memory();
      expect(() => scope(run)).toThrow(name);
      expect(memory()).toEqual(before);
    });
  });

  test('count labels beyond the classes as unlabelled and touch nothing with them', async () => {
    const logits = zeros([1, 4, 3]);
    const [wild, tame] = [integers([0, 2_000_000_000, -2_000_000_000, 1], [1, 4]), integers([0, -1, -1, 1], [1, 4])];
    const [a, b] = [diceCe(logits, wild), diceCe(logits, tame)];
    expect(await values(a)).toEqual(await values(b));
    dispose(logits, wild, tame, a, b);
  });

  test('give the same numbers from run to run, bit for bit', async () => {
    const numbers = Float32Array.from({ length: 40 ** 3 * 5 }, (_, i) => Math.sin(i * i));
    const volume = tensorFromOwned(numbers, [1, 40, 40, 40, 5]);
    const first = scope(() => instanceNorm(volume, { slope: 0.01 }));
    const expected = await values(first);
    for (let run = 0; run < 5; run++) {
      const again = scope(() => instanceNorm(volume, { slope: 0.01 }));
      expect(Buffer.from((await values(again)).buffer).equals(Buffer.from(expected.buffer))).toBe(true);
      dispose(again);
    }
    dispose(volume, first);
  });
});
