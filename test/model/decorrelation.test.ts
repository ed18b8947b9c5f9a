import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { keep, scalar, startBackend, tensor } from '../../core/compute/index.ts';
import { correlationOf } from '../../core/model/consistency.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

const K = 6;
const correlation = async (rows: readonly (readonly number[])[]): Promise<number> =>
  scalar(correlationOf({ global: keep(tensor(rows.flat(), [rows.length, K])), local: undefined }));

describe('the correlation between outputs', () => {
  const random = seededRandom(3);

  it('is 1 where all outputs are the same function of a view, up to sign, offset and scale', async () => {
    const rows = Array.from({ length: 16 }, () => {
      const answer = random.normal();
      return Array.from({ length: K }, (_, k) => (k % 2 === 0 ? 1 : -1) * (k + 1) * answer + k);
    });
    expect(await correlation(rows)).toBeCloseTo(1, 4);
  });

  it('is about one over the rows where outputs are independent', async () => {
    const rows = Array.from({ length: 400 }, () => Array.from({ length: K }, () => random.normal()));
    expect(await correlation(rows)).toBeLessThan(3 / 400);
  });

  it('takes global and local views together', async () => {
    const rows = Array.from({ length: 10 }, () => Array.from({ length: K }, () => random.normal()));
    const part = (of: typeof rows): ReturnType<typeof tensor> => keep(tensor(of.flat(), [of.length, K]));
    const parts = { global: part(rows.slice(0, 4)), local: part(rows.slice(4)) };
    expect(await scalar(correlationOf(parts))).toBeCloseTo(await correlation(rows), 5);
  });
});
