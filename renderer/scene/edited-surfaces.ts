/** Changes that follow each other this fast (milliseconds) are one. A stroke comes in pieces half a second apart, and the surface with them. */
const PAUSE = 50;

/** Has the surfaces of edited segments made again: only those, once the strokes pause, and one extraction at a time. */
export class EditedSurfaces {
  readonly #make: (values: readonly number[], signal: AbortSignal) => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void>;

  /** @param first what must end before, such as the surfaces of all segments @param signal ends it */
  constructor(first: Promise<void>, make: (values: readonly number[], signal: AbortSignal) => Promise<void>, signal: AbortSignal) {
    this.#running = first;
    this.#make = make;
    this.#signal = signal;
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  edited(values: Iterable<number>): void {
    for (const value of values) this.#waiting.add(value);
    clearTimeout(this.#timer);
    if (this.#waiting.size > 0 && !this.#signal.aborted) this.#timer = setTimeout(() => this.#next(), PAUSE);
  }

  #next(): void {
    this.#running = this.#running
      .then(async () => {
        const values = [...this.#waiting];
        this.#waiting.clear();
        if (values.length > 0 && !this.#signal.aborted) await this.#make(values, this.#signal);
      })
      // The surface stays as it was; the next stroke tries again.
      .catch((error: unknown) => console.warn(error));
  }
}
