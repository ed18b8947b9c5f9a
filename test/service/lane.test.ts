import { describe, expect, it } from 'vitest';
import { Lane, type Priority, type Ticket } from '../../core/service/jobs/lane.ts';

/** Work that ends when told to, and tells what happens to it. */
class Piece {
  readonly told: string[] = [];
  readonly ticket: Ticket;
  /** Whether it gives way; otherwise the lane's wish is noted, and `giveWay` fulfils it. */
  wish: (() => void) | undefined;
  #end: () => void = () => undefined;

  constructor(lane: Lane, priority: Priority) {
    this.ticket = lane.add({
      priority,
      start: () => {
        this.told.push('started');
        const ended = new Promise<void>((resolve) => (this.#end = resolve));
        return { ended, hold: (held) => (this.wish = held), go: () => this.told.push('go') };
      },
      held: () => this.told.push('held'),
      resumed: () => this.told.push('resumed'),
    });
  }

  giveWay(): void {
    this.wish?.();
  }

  async end(): Promise<void> {
    this.#end();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a lane', () => {
  it('does one thing at a time, in order', async () => {
    const lane = new Lane(1);
    const [a, b, c] = [new Piece(lane, 'normal'), new Piece(lane, 'normal'), new Piece(lane, 'normal')];
    expect([a.told, b.told, c.told]).toEqual([['started'], [], []]);
    await a.end();
    expect([b.told, c.told]).toEqual([['started'], []]);
    await b.end();
    expect(c.told).toEqual(['started']);
  });

  it('takes the most urgent first, and as many as it is wide', async () => {
    const lane = new Lane(2);
    const pieces = (['normal', 'normal', 'background', 'normal', 'interactive'] as const).map((priority) => new Piece(lane, priority));
    expect(pieces.map(({ told }) => told.length)).toEqual([1, 1, 0, 0, 0]);
    await pieces[0]?.end();
    expect(pieces.map(({ told }) => told.length)).toEqual([1, 1, 0, 0, 1]);
    await pieces[1]?.end();
    expect(pieces.map(({ told }) => told.length)).toEqual([1, 1, 0, 1, 1]);
  });

  it('lets something urgent in when the work gives way, and goes on with it after', async () => {
    const lane = new Lane(1);
    const training = new Piece(lane, 'background');
    const look = new Piece(lane, 'interactive');
    expect(look.told).toEqual([]);
    training.giveWay();
    expect(training.told).toEqual(['started', 'held']);
    expect(look.told).toEqual(['started']);
    await look.end();
    expect(training.told).toEqual(['started', 'held', 'resumed', 'go']);
  });

  it('does not ask equal work to give way', () => {
    const lane = new Lane(1);
    const first = new Piece(lane, 'normal');
    new Piece(lane, 'normal');
    expect(first.wish).toBeUndefined();
  });

  it('goes on when what was urgent is gone before the work gave way', () => {
    const lane = new Lane(1);
    const training = new Piece(lane, 'normal');
    const look = new Piece(lane, 'interactive');
    expect(look.ticket.remove()).toBe(true);
    training.giveWay();
    expect(training.told).toEqual(['started', 'held', 'resumed', 'go']);
    expect(look.told).toEqual([]);
  });

  it('passes paused work by until it is resumed', async () => {
    const lane = new Lane(1);
    const [a, b] = [new Piece(lane, 'normal'), new Piece(lane, 'normal')];
    a.ticket.pause();
    a.giveWay();
    expect(a.told).toEqual(['started', 'held']);
    expect(b.told).toEqual(['started']);
    a.ticket.resume();
    expect(a.told).toEqual(['started', 'held']);
    await b.end();
    expect(a.told).toEqual(['started', 'held', 'resumed', 'go']);
  });

  it('does not begin work that was paused while it waited', async () => {
    const lane = new Lane(1);
    const [a, b] = [new Piece(lane, 'normal'), new Piece(lane, 'normal')];
    b.ticket.pause();
    await a.end();
    expect(b.told).toEqual([]);
    b.ticket.resume();
    expect(b.told).toEqual(['started']);
  });

  it('does not take out what is under way', () => {
    const lane = new Lane(1);
    const piece = new Piece(lane, 'normal');
    expect(piece.ticket.remove()).toBe(false);
  });
});
