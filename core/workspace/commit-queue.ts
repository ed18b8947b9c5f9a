interface Append {
  readonly bytes: Uint8Array;
  readonly revert: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Barrier {
  readonly action: () => Promise<unknown>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Entry = Append | Barrier;

/**
 * Group commit: while one write is on its way to the disk, later ones gather and go together in the next. Each is acknowledged when its
 * bytes are on the disk, in the order of the calls.
 */
export class CommitQueue {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  #entries: Entry[] = [];
  #working = false;

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  /**
   * Resolves when the bytes are on the disk. When writing fails, everything that waits fails with it, for it was built on what was lost: first
   * every `revert`, the newest first, then the rejections.
   */
  append(bytes: Uint8Array, revert: () => void = () => undefined): Promise<void> {
    return this.#add((resolve, reject) => ({ bytes, revert, resolve, reject }));
  }

  /** Runs `action` when all before it is on the disk, and before anything after it is written. Its failure is its own. */
  barrier(action: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    return this.#add((resolve, reject) => ({ action, resolve, reject }));
  }

  #add(entry: (resolve: () => void, reject: (error: unknown) => void) => Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#entries.push(entry(resolve, reject));
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
      if ('action' in first) {
        this.#entries.shift();
        await first.action().then(() => first.resolve(), first.reject);
      } else await this.#writeGathered();
    }
    this.#working = false;
  }

  async #writeGathered(): Promise<void> {
    const end = this.#entries.findIndex((entry) => 'action' in entry);
    const appends = this.#entries.splice(0, end < 0 ? this.#entries.length : end).filter((entry) => 'bytes' in entry);
    try {
      await this.#write(appends.length === 1 ? (appends[0]?.bytes ?? new Uint8Array()) : Buffer.concat(appends.map(({ bytes }) => bytes)));
      for (const { resolve } of appends) resolve();
    } catch (error) {
      const lost = [...appends, ...this.#entries.splice(0)];
      for (const entry of [...lost].reverse()) if ('revert' in entry) entry.revert();
      for (const { reject } of lost) reject(error);
    }
  }
}
