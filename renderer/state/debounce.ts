/** Runs only the last of calls that follow each other within some milliseconds. */
export class Debounce {
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** @param milliseconds until it runs, where that is not the usual time */
  run(action: () => void, milliseconds = this.#milliseconds): void {
    this.cancel();
    this.#timer = setTimeout(action, milliseconds);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
