import { describe, expect, it } from 'vitest';
import { CinePlayer, framesToKeep, type Clock } from '../../renderer/state/cine-player.ts';

/** Time that passes when it is told to. */
class FakeClock implements Clock {
  time = 0;
  #waiting: { readonly at: number; readonly run: () => void }[] = [];

  readonly now = (): number => this.time;

  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    const entry = { at: this.time + milliseconds, run };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  };

  /** @param late how much later than asked for everything runs */
  pass(milliseconds: number, late = 0): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = this.#waiting.filter(({ at }) => at + late <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at + late);
      next.run();
    }
    this.time = end;
  }

  get idle(): boolean {
    return this.#waiting.length === 0;
  }
}

function newPlayer(count: number): { player: CinePlayer; clock: FakeClock; shown: (readonly [number, number])[]; missing: Set<number> } {
  const clock = new FakeClock();
  const shown: (readonly [number, number])[] = [];
  const missing = new Set<number>();
  const stage = {
    ready: (frame: number) => !missing.has(frame),
    show: (frame: number) => void shown.push([frame, Math.round(clock.time)]),
    changed: () => undefined,
  };
  const player = new CinePlayer(stage, clock);
  player.load(count, 0);
  return { player, clock, shown, missing };
}

describe('a player of volumes', () => {
  it('shows one after the other at its pace and begins anew', () => {
    const { player, clock, shown } = newPlayer(3);
    player.play();
    clock.pass(450);
    expect(shown).toEqual([
      [1, 100],
      [2, 200],
      [0, 300],
      [1, 400],
    ]);
    player.pause();
    clock.pass(1000);
    expect(shown).toHaveLength(4);
    expect(clock.idle).toBe(true);
  });

  it('stops at the end without a loop', () => {
    const { player, clock, shown } = newPlayer(3);
    player.loop = false;
    player.play();
    clock.pass(1000);
    expect(shown.map(([frame]) => frame)).toEqual([1, 2]);
    expect(player.playing).toBe(false);
    expect(clock.idle).toBe(true);
  });

  it('waits for a volume that is not there yet, skips none, and goes on at its pace', () => {
    const { player, clock, shown, missing } = newPlayer(4);
    missing.add(2);
    player.play();
    clock.pass(500);
    expect(shown).toEqual([[1, 100]]);
    expect(player.waiting).toBe(true);
    player.arrived();
    expect(shown).toHaveLength(1);
    missing.clear();
    player.arrived();
    clock.pass(210);
    expect(shown.slice(1)).toEqual([
      [2, 500],
      [3, 600],
      [0, 700],
    ]);
    expect(player.waiting).toBe(false);
  });

  it('keeps the pace when it is a little late, and does not hurry after when it is very late', () => {
    const little = newPlayer(100);
    little.player.play();
    little.clock.pass(1005, 30);
    expect(little.shown).toHaveLength(9);
    expect(little.shown.at(-1)?.[1]).toBe(930);
    const very = newPlayer(100);
    very.player.play();
    very.clock.pass(1001, 400);
    expect(very.shown.map(([, time]) => time)).toEqual([500, 1000]);
  });

  it('takes another pace at once, within bounds', () => {
    const { player, clock, shown } = newPlayer(10);
    player.play();
    clock.pass(50);
    player.pace = 20;
    clock.pass(105);
    expect(shown).toEqual([
      [1, 100],
      [2, 150],
    ]);
    player.pace = 1000;
    expect(player.pace).toBe(30);
    player.pace = 0;
    expect(player.pace).toBe(1);
  });

  it('steps both ways round the ends and stops playing', () => {
    const { player, clock, shown } = newPlayer(3);
    player.play();
    expect(player.step(-1)).toBe(2);
    expect(player.playing).toBe(false);
    expect(player.step(1)).toBe(0);
    clock.pass(1000);
    expect(shown).toEqual([]);
  });

  it('plays nothing where there is one volume', () => {
    const { player, clock } = newPlayer(1);
    player.play();
    expect([player.playing, clock.idle]).toEqual([false, true]);
  });
});

describe('memory of a player', () => {
  it('keeps what comes next as far as it goes, round the end', () => {
    const bytes = new Array<number>(5).fill(10);
    expect(framesToKeep(3, bytes, 35)).toEqual([3, 4, 0]);
    expect(framesToKeep(0, bytes, 1000)).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps the next one however large it is', () => {
    expect(framesToKeep(1, [50, 50, 50], 20)).toEqual([1, 2]);
    expect(framesToKeep(0, [50], 20)).toEqual([0]);
    expect(framesToKeep(0, [], 20)).toEqual([]);
  });
});
