/** Runs only the last of calls that follow each other within some milliseconds. */
export class Debounce {
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  run(action: () => void): void {
    this.cancel();
    this.#timer = setTimeout(action, this.#milliseconds);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
