import { isAbort } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type { NewSplit, SplitPreview, SplitSummary } from '../api/types.ts';
import { Debounce } from './debounce.ts';
import { sharesOf, withShare, type Held } from './split-shares.ts';

/** Milliseconds after the last change until the host is asked. */
const REST = 120;

/** A split that is being thought about: shares, seed and what would come of it. */
export class SplitPlan {
  held = $state.raw<Held>({ validation: 15, test: 15 });
  seed = $state(1);
  name = $state('');
  preview = $state.raw<SplitPreview | null>(null);
  error = $state.raw<unknown>(null);
  /** Splits that were made before, the oldest first. */
  made = $state.raw<readonly SplitSummary[]>([]);
  readonly #host: Host;
  readonly #rest = new Debounce(REST);
  #asking = new AbortController();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether the test part was made before: it stays, and the rest is shared out. */
  get locked(): boolean {
    return this.made.some(({ parts }) => (parts['test'] ?? 0) > 0);
  }

  /** Reads what there is, and what the first proposal would give. */
  async open(): Promise<void> {
    this.made = (await this.#host.splits()).splits;
    if (this.locked) this.held = withShare(this.held, 'test', 0);
    await this.look();
  }

  share(part: keyof Held, value: number): void {
    this.held = withShare(this.held, part, value);
    this.lookSoon();
  }

  reseed(seed: number): void {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) return;
    this.seed = seed;
    this.lookSoon();
  }

  lookSoon(): void {
    this.#rest.run(() => void this.look());
  }

  /** Asks what would come of it; a newer question gives up an older one. */
  async look(): Promise<void> {
    this.#asking.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const preview = await this.#host.previewSplit(this.#draw, { signal: asking.signal });
      if (asking.signal.aborted) return;
      this.preview = preview;
      this.error = null;
    } catch (error) {
      if (isAbort(error) || asking.signal.aborted) return;
      this.preview = null;
      this.error = error;
    }
  }

  save(fallbackName: string): Promise<SplitSummary> {
    return this.#host.saveSplit({ ...this.#draw, name: this.name.trim() || fallbackName });
  }

  close(): void {
    this.#rest.cancel();
    this.#asking.abort();
  }

  get #draw(): Omit<NewSplit, 'name'> {
    return { seed: this.seed, parts: sharesOf(this.held) };
  }
}
