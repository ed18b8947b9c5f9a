/** So many attempts within so much time, and no more: what dies at once again and again is not started for ever. */
export class RestartBudget {
  readonly #most: number;
  readonly #within: number;
  readonly #now: () => number;
  #taken: number[] = [];

  /** @param within milliseconds */
  constructor(most: number, within: number, now: () => number = Date.now) {
    this.#most = most;
    this.#within = within;
    this.#now = now;
  }

  /** @returns which attempt of this while it is, from 0; undefined when there were enough */
  take(): number | undefined {
    const since = this.#now() - this.#within;
    this.#taken = this.#taken.filter((time) => time > since);
    if (this.#taken.length >= this.#most) return undefined;
    this.#taken.push(this.#now());
    return this.#taken.length - 1;
  }

  /** A person asked: count anew. */
  refill(): void {
    this.#taken = [];
  }
}
