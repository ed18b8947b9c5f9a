/**
 * Writes the newest of values that change faster than they can be written: one at a time, and of those that came meanwhile the last alone.
 * Nothing is written over by something older.
 */
export class LatestWriter<T> {
  readonly #write: (value: T) => Promise<void>;
  readonly #ended: (failure: unknown) => void;
  #next: { readonly value: T } | undefined;
  #writing = false;

  /** @param ended called after each writing, with what went wrong or undefined */
  constructor(write: (value: T) => Promise<void>, ended: (failure: unknown) => void) {
    this.#write = write;
    this.#ended = ended;
  }

  /** Whether something is not written yet. */
  get busy(): boolean {
    return this.#writing || this.#next !== undefined;
  }

  put(value: T): void {
    this.#next = { value };
    if (!this.#writing) void this.#run();
  }

  async #run(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      this.#writing = true;
      let failure: unknown;
      try {
        await this.#write(next.value);
      } catch (error) {
        failure = error;
      }
      this.#writing = false;
      this.#ended(failure);
    }
  }

  #take(): { readonly value: T } | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }
}
