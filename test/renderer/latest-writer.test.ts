import { expect, it } from 'vitest';
import { LatestWriter } from '../../renderer/state/latest-writer.ts';

it('writes one value at a time, and of those that came meanwhile the last', async () => {
  const written: number[] = [];
  const release: (() => void)[] = [];
  const ended: unknown[] = [];
  const writer = new LatestWriter<number>(
    async (value) => {
      await new Promise<void>((resolve) => release.push(resolve));
      if (value === 3) throw new Error('full');
      written.push(value);
    },
    (failure) => ended.push(failure instanceof Error ? failure.message : failure),
  );
  const goOn = async (): Promise<void> => {
    release.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  expect(writer.busy).toBe(false);
  for (const value of [1, 2, 3]) writer.put(value);
  expect(release).toHaveLength(1);
  await goOn();
  expect(written).toEqual([1]);
  await goOn();
  expect(ended).toEqual([undefined, 'full']);
  expect(writer.busy).toBe(false);
  writer.put(4);
  await goOn();
  expect(written).toEqual([1, 4]);
  expect(ended.at(-1)).toBeUndefined();
});
