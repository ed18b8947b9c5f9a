import './support/runes.ts';
import { describe, expect, it } from 'vitest';
import type { SittingRequest, TimesListing } from '../../renderer/api/types.ts';
import { ReadingClock } from '../../renderer/state/reading-clock.svelte.ts';

/** A host that keeps times, or is away. */
function keeper(): {
  sent: SittingRequest[];
  away: boolean;
  times: () => Promise<TimesListing>;
  noteTime: (scan: string, one: SittingRequest) => Promise<TimesListing>;
} {
  const host = {
    sent: [] as SittingRequest[],
    away: false,
    times: () => Promise.resolve({ sittings: [{ id: 'aaaaaaaa', reader: 'Anna', seconds: 100, began: '', ended: '' }] }),
    noteTime: (_: string, one: SittingRequest) => {
      if (host.away) return Promise.reject(new Error('away'));
      host.sent.push(one);
      return host.times();
    },
  };
  return host;
}
const store = () => {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
};
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('the clock of a reader', () => {
  it('shows earlier sittings and this one, sends twice a minute and when the scan is left', async () => {
    const host = keeper();
    const noted: string[] = [];
    const clock = new ReadingClock(host, store(), (scan) => noted.push(scan));
    clock.enter('scan', 'Anna', 0);
    await settled();
    for (let second = 0; second <= 40; second++) {
      clock.touch(second * 1000);
      clock.tick(second * 1000);
    }
    expect([clock.before, clock.now, clock.running]).toEqual([100, 40, true]);
    expect(host.sent.map(({ seconds, reader }) => [seconds, reader])).toEqual([[30, 'Anna']]);
    clock.tick(200_000);
    expect([clock.now, clock.running]).toEqual([70, false]);
    clock.leave();
    await settled();
    expect(host.sent.map(({ seconds }) => seconds)).toEqual([30, 70]);
    expect([new Set(host.sent.map(({ id }) => id)).size, noted, clock.now]).toEqual([1, ['scan', 'scan'], 0]);
  });

  it('counts nothing without a name or switched off, and remembers that', () => {
    const [host, browser] = [keeper(), store()];
    const clock = new ReadingClock(host, browser, () => undefined);
    const work = (reader: string): void => {
      clock.enter('scan', reader, 0);
      clock.touch(0);
      clock.tick(20_000);
      clock.leave();
    };
    work('');
    clock.on = false;
    work('Anna');
    expect([host.sent, new ReadingClock(host, browser, () => undefined).on]).toEqual([[], false]);
  });

  it('says that times are not kept, and sends them with the next ones', async () => {
    const host = keeper();
    const clock = new ReadingClock(host, store(), () => undefined);
    clock.enter('scan', 'Anna', 0);
    clock.touch(0);
    host.away = true;
    clock.tick(30_000);
    await settled();
    expect(clock.failed).toBe(true);
    host.away = false;
    clock.touch(59_000);
    clock.tick(60_000);
    await settled();
    expect([clock.failed, host.sent.map(({ seconds }) => seconds)]).toEqual([false, [31]]);
  });
});
