import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EditedSurfaces } from '../../renderer/scene/edited-surfaces.ts';

describe('surfaces of edited segments', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('are made once for strokes that follow each other, after those of all segments, one extraction at a time', async () => {
    const made: number[][] = [];
    const endings: (() => void)[] = [];
    let first = (): void => undefined;
    const whole = new Promise<void>((resolve) => (first = resolve));
    const make = (values: readonly number[]): Promise<void> => {
      made.push([...values]);
      return new Promise((resolve) => endings.push(resolve));
    };
    const edited = new EditedSurfaces(whole, make, new AbortController().signal);
    edited.edited([1]);
    await vi.advanceTimersByTimeAsync(100);
    edited.edited([1, 2]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(made).toEqual([]);
    first();
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toEqual([[1, 2]]);
    edited.edited([3]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(made).toHaveLength(1);
    endings[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toEqual([[1, 2], [3]]);
  });

  it('are not made for labels that are shown no more', async () => {
    const made: (readonly number[])[] = [];
    const aborter = new AbortController();
    const edited = new EditedSurfaces(Promise.resolve(), (values) => Promise.resolve(void made.push(values)), aborter.signal);
    edited.edited([1]);
    aborter.abort();
    await vi.advanceTimersByTimeAsync(1000);
    expect(made).toEqual([]);
  });
});
