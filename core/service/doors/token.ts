import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits as 64 hexadecimal digits. */
export function newSecret(): string {
  return randomBytes(32).toString('hex');
}

/** Compares in a time that says nothing of where two texts differ, nor of how long they are. */
export function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(secret).digest());
}

/** Counts failures within a window of time. */
export class Failures {
  readonly #most: number;
  readonly #window: number;
  readonly #now: () => number;
  #times: number[] = [];

  /** @param window in milliseconds */
  constructor(most: number, window: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#window = window;
    this.#now = now;
  }

  /** Whether there were too many of late. */
  get tooMany(): boolean {
    const since = this.#now() - this.#window;
    this.#times = this.#times.filter((time) => time > since);
    return this.#times.length >= this.#most;
  }

  add(): void {
    this.#times.push(this.#now());
    if (this.#times.length > this.#most) this.#times.shift();
  }
}
