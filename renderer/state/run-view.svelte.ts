import type { MetricsLine, RunDetails, TrainingHost } from '../api/training.ts';

/** Milliseconds between two looks at a run that goes on: a few a second at most, so that drawing labels is never held up. */
const LOOK_EVERY = 1000;

/** One run as it is looked at: what it is, and what it has measured so far. */
export class RunView {
  readonly id: string;
  details = $state.raw<RunDetails | null>(null);
  lines = $state.raw<readonly MetricsLine[]>([]);
  readonly #host: TrainingHost;
  #last = 0;
  #looking: Promise<void> | undefined;
  #again = false;
  #whole = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: TrainingHost, id: string) {
    this.#host = host;
    this.id = id;
  }

  /** Reads everything anew. */
  async load(): Promise<void> {
    const [details, metrics] = await Promise.all([this.#host.run(this.id), this.#host.metrics(this.id, 0)]);
    this.details = details;
    this.lines = metrics.lines;
    this.#last = metrics.last;
  }

  /** It has come to a step: what is new is read soon, once for many tellings. */
  changed(step: number): void {
    // It went on from a checkpoint before that.
    if (step < this.#last) this.#whole = true;
    this.#again = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, LOOK_EVERY);
  }

  /** Reads everything now: a validation after the last step bears that step's number, and would be passed over. */
  async settle(): Promise<void> {
    this.#whole = true;
    this.#again = true;
    await this.#look();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#again = false;
  }

  #look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #read(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const whole = this.#whole;
      const after = whole ? 0 : this.#last;
      this.#whole = false;
      // The host being gone is told elsewhere; the next telling asks again.
      const found = await Promise.all([this.#host.metrics(this.id, after), this.#host.run(this.id)]).catch(() => undefined);
      if (found === undefined) {
        this.#whole ||= whole;
        return;
      }
      const [{ lines, last }, details] = found;
      this.details = details;
      this.lines = after === 0 ? lines : [...this.lines, ...lines];
      this.#last = last;
    }
  }
}
