import { expect, it } from 'vitest';
import { Kept } from '../../../core/service/engine/handlers/kept.ts';

/** Things of size 1 that say when they ended. */
function things(): {
  made: string[];
  ended: string[];
  make: (name: string) => () => Promise<{ value: string; size: number; dispose: () => void }>;
} {
  const made: string[] = [];
  const ended: string[] = [];
  const make = (name: string) => () => {
    made.push(name);
    return Promise.resolve({ value: name, size: 1, dispose: () => void ended.push(name) });
  };
  return { made, ended, make };
}
const pass = (value: string): Promise<string> => Promise.resolve(value);

it('keeps what was used last, and ends what was used longest ago', async () => {
  const { made, ended, make } = things();
  const kept = new Kept<string>(2);
  for (const name of ['a', 'b', 'a', 'c']) expect(await kept.use(name, make(name), pass)).toBe(name);
  await Promise.resolve();
  expect(made).toEqual(['a', 'b', 'c']);
  expect(ended).toEqual(['b']);
  expect(kept.size).toBe(2);
  kept.clear();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended.sort()).toEqual(['a', 'b', 'c']);
});

it('ends nothing that is in use, and makes one thing for two who ask at once', async () => {
  const { made, ended, make } = things();
  const kept = new Kept<string>(1);
  let finish = (): void => undefined;
  const longUse = kept.use('a', make('a'), async () => new Promise<void>((resolve) => (finish = resolve)));
  await kept.use('a', make('a'), pass);
  await kept.use('b', make('b'), pass);
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toEqual(['a', 'b']);
  expect(ended).toEqual([]);
  finish();
  await longUse;
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toEqual(['a']);
});

it('forgets what could not be made, and tries again', async () => {
  const { make } = things();
  const kept = new Kept<string>(1);
  await expect(kept.use('a', () => Promise.reject(new Error('no')), pass)).rejects.toThrow('no');
  expect(await kept.use('a', make('a'), pass)).toBe('a');
  await expect(kept.use('a', make('a'), () => Promise.reject(new Error('use')))).rejects.toThrow('use');
  expect(kept.size).toBe(1);
});
