import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ScanDetails } from '../../renderer/api/types.ts';
import { ReadAhead } from '../../renderer/state/read-ahead.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A host of scans with two levels that notes what it is asked for, and fails while `broken`. */
class FakeHost {
  asked: string[] = [];
  aborted: string[] = [];
  broken = false;

  scan(id: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<ScanDetails> {
    return this.#answer(
      id,
      {
        id,
        levels: [
          { level: 0, bytes: 8 },
          { level: 1, bytes: 1 },
        ],
      } as ScanDetails,
      options,
    );
  }

  voxels(id: string, level: number, bytes: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<ArrayBuffer> {
    return this.#answer(`${id}/${level}`, new ArrayBuffer(bytes), options);
  }

  #answer<T>(what: string, value: T, options?: { readonly signal?: AbortSignal | undefined }): Promise<T> {
    this.asked.push(what);
    options?.signal?.addEventListener('abort', () => this.aborted.push(what));
    return this.broken ? Promise.reject(new Error('away')) : Promise.resolve(value);
  }
}

async function open(ahead: ReadAhead, id: string): Promise<number[]> {
  const { signal } = new AbortController();
  await ahead.scan(id, { signal });
  const levels = [await ahead.voxels(id, 1, 1, { signal }), await ahead.voxels(id, 0, 8, { signal })];
  return levels.map(({ byteLength }) => byteLength);
}

it('reads details and the coarsest level of a scan that stays chosen, and asks for them no more when it is opened', async () => {
  const host = new FakeHost();
  const ahead = new ReadAhead(host);
  ahead.expect('a');
  await vi.advanceTimersByTimeAsync(1000);
  expect(host.asked).toEqual(['a', 'a/1']);
  expect(await open(ahead, 'a')).toEqual([1, 8]);
  expect(host.asked).toEqual(['a', 'a/1', 'a/0']);
});

it('gives what it read once: a scan that is opened again is asked for again', async () => {
  const host = new FakeHost();
  const ahead = new ReadAhead(host);
  ahead.expect('a');
  await vi.advanceTimersByTimeAsync(1000);
  await open(ahead, 'a');
  await open(ahead, 'a');
  expect(host.asked).toEqual(['a', 'a/1', 'a/0', 'a', 'a/1', 'a/0']);
});

it('reads nothing for scans that are passed by, and gives up what another choice replaces', async () => {
  const host = new FakeHost();
  const ahead = new ReadAhead(host);
  for (const id of ['a', 'b', 'c']) ahead.expect(id);
  await vi.advanceTimersByTimeAsync(1000);
  expect(host.asked).toEqual(['c', 'c/1']);
  ahead.expect(null);
  expect(host.aborted).toEqual(['c', 'c/1']);
  expect(await open(ahead, 'a')).toEqual([1, 8]);
});

it('asks again for what it could not read ahead', async () => {
  const host = new FakeHost();
  const ahead = new ReadAhead(host);
  host.broken = true;
  ahead.expect('a');
  await vi.advanceTimersByTimeAsync(1000);
  host.broken = false;
  expect(await open(ahead, 'a')).toEqual([1, 8]);
});

it('gives nothing to who has given up', async () => {
  const ahead = new ReadAhead(new FakeHost());
  ahead.expect('a');
  await vi.advanceTimersByTimeAsync(1000);
  const aborter = new AbortController();
  const asked = ahead.scan('a', { signal: aborter.signal });
  aborter.abort();
  await expect(asked).rejects.toThrow(/abort/i);
});
