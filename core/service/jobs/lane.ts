import type { Job } from '../api/jobs.ts';

export type Priority = Job['priority'];
const ranks: Readonly<Record<Priority, number>> = { interactive: 0, normal: 1, background: 2 };

/** Work that has begun. */
export interface Started {
  /** Settles when it is over, however it ended; never rejects. */
  readonly ended: Promise<void>;
  /** Asks it to wait at its next good place; `held` is called when it does. Work that cannot wait never calls it. */
  hold(held: () => void): void;
  /** Lets it go on. */
  go(): void;
}

export interface LaneWork {
  readonly priority: Priority;
  /** Its place among equally urgent work, looked up at each turn: the smallest first. Without it, the oldest is first. */
  rank?(): number;
  start(): Started;
  /** Told when it gave way to something more urgent, or waits because it was paused. */
  held?(): void;
  /** Told when it goes on after that. */
  resumed?(): void;
}

/** A place in a lane. */
export interface Ticket {
  /** Whether it is to wait until `resume`. */
  readonly paused: boolean;
  /** Takes work that has not begun, or waits, out of the lane. @returns false when it is under way */
  remove(): boolean;
  /** Lets it wait, and others pass, until `resume`. */
  pause(): void;
  resume(): void;
}

interface Entry {
  readonly work: LaneWork;
  readonly order: number;
  started: Started | undefined;
  /** Waits for its turn; works; was asked to wait; waits because it was paused; is over. */
  state: 'waiting' | 'working' | 'yielding' | 'parked' | 'over';
  /** The user wants it to wait. */
  paused: boolean;
}

/**
 * Lets a few pieces of work go on at a time, the most urgent first and of equal ones the one whose rank says so. Work that has begun gives way to more urgent
 * work at its next good place, keeps what it has, and goes on after.
 */
export class Lane {
  readonly #width: number;
  readonly #entries = new Set<Entry>();
  #orders = 0;

  /** @param width how many at a time */
  constructor(width: number) {
    this.#width = width;
  }

  add(work: LaneWork): Ticket {
    const entry: Entry = { work, order: ++this.#orders, started: undefined, state: 'waiting', paused: false };
    this.#entries.add(entry);
    this.#arrange();
    return {
      get paused() {
        return entry.paused;
      },
      remove: () => this.#remove(entry),
      pause: () => this.#pause(entry),
      resume: () => this.#resume(entry),
    };
  }

  #remove(entry: Entry): boolean {
    if (entry.state === 'working' || entry.state === 'yielding' || entry.state === 'over') return false;
    // One that waits in the middle of its work must hear of its end itself.
    if (entry.started !== undefined) return false;
    this.#over(entry);
    return true;
  }

  #pause(entry: Entry): void {
    entry.paused = true;
    if (entry.state === 'waiting') entry.state = 'parked';
    this.#arrange();
  }

  #resume(entry: Entry): void {
    entry.paused = false;
    if (entry.state === 'parked') entry.state = 'waiting';
    this.#arrange();
  }

  /** Starts, holds and continues until the lane is as it should be. */
  #arrange(): void {
    for (const entry of this.#in('working')) if (entry.paused || this.#mustYield(entry)) this.#askToWait(entry);
    let free = this.#width - this.#in('working', 'yielding').length;
    for (const entry of this.#in('waiting').sort(byUrgency)) {
      if (free-- <= 0) break;
      this.#begin(entry);
    }
  }

  /** Whether something more urgent waits that finds no place, and this is the least urgent at work. */
  #mustYield(entry: Entry): boolean {
    const free = this.#width - this.#in('working', 'yielding').length;
    const urgent = this.#in('waiting').filter(({ work }) => ranks[work.priority] < ranks[entry.work.priority]);
    const yielding = this.#in('yielding').length;
    const least = this.#in('working').sort(byUrgency).at(-1);
    return urgent.length > free + yielding && least === entry;
  }

  #begin(entry: Entry): void {
    entry.state = 'working';
    if (entry.started !== undefined) {
      entry.work.resumed?.();
      entry.started.go();
      return;
    }
    entry.started = entry.work.start();
    void entry.started.ended.then(() => {
      this.#over(entry);
    });
  }

  #askToWait(entry: Entry): void {
    entry.state = 'yielding';
    entry.started?.hold(() => {
      if (entry.state !== 'yielding') return;
      entry.state = entry.paused ? 'parked' : 'waiting';
      entry.work.held?.();
      this.#arrange();
    });
  }

  #over(entry: Entry): void {
    entry.state = 'over';
    this.#entries.delete(entry);
    this.#arrange();
  }

  #in(...states: readonly Entry['state'][]): Entry[] {
    return [...this.#entries].filter(({ state }) => states.includes(state));
  }
}

function byUrgency(a: Entry, b: Entry): number {
  return ranks[a.work.priority] - ranks[b.work.priority] || rankOf(a) - rankOf(b) || a.order - b.order;
}

function rankOf({ work }: Entry): number {
  return work.rank?.() ?? 0;
}
