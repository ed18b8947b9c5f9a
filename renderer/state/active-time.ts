/** Work counts until so long after the last key or movement of the pointer, in milliseconds. */
export const ACTIVE_FOR = 30_000;

/** Adds up the time in which somebody did something. Times are in milliseconds of one clock that never goes back. */
export class ActiveTime {
  #sum = 0;
  #last: number | undefined;

  /** A key was pressed or the pointer moved. */
  touch(now: number): void {
    this.#sum = this.total(now);
    this.#last = now;
  }

  /** Milliseconds until now. */
  total(now: number): number {
    return this.#last === undefined ? 0 : this.#sum + Math.min(Math.max(0, now - this.#last), ACTIVE_FOR);
  }

  isActive(now: number): boolean {
    return this.#last !== undefined && now - this.#last < ACTIVE_FOR;
  }
}
