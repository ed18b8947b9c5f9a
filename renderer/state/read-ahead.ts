import type { Host } from '../api/host.ts';
import type { ScanDetails } from '../api/types.ts';
import { Debounce } from './debounce.ts';

/** A choice that lasts so many milliseconds is meant: nothing is read for scans that arrow keys pass by. */
const REST = 60;

interface Expected {
  readonly id: string;
  readonly aborter: AbortController;
  /** Undefined once they were given away. */
  readonly details: Promise<ScanDetails> | undefined;
  readonly coarse: Promise<{ readonly level: number; readonly voxels: ArrayBuffer }>;
}

/**
 * Asks the host for scans, and for the one that will probably be opened next before that happens: its details and its coarsest level, a
 * few hundred kilobytes, so that its first slice is drawn as soon as there is something to draw it on.
 */
export class ReadAhead {
  readonly #host: Pick<Host, 'scan' | 'voxels'>;
  readonly #debounce = new Debounce(REST);
  #expected: Expected | undefined;

  constructor(host: Pick<Host, 'scan' | 'voxels'>) {
    this.#host = host;
  }

  /** @param id null: none */
  expect(id: string | null): void {
    this.#debounce.cancel();
    if (this.#expected?.id === id) return;
    this.#expected?.aborter.abort();
    this.#expected = undefined;
    if (id !== null) this.#debounce.run(() => (this.#expected = this.#read(id)));
  }

  /** As `Host.scan`. What was read ahead is given once: a scan that is opened again may have changed. */
  async scan(id: string, options: { readonly signal: AbortSignal }): Promise<ScanDetails> {
    // Opened before the choice had lasted: asking twice would only be slower.
    this.#debounce.cancel();
    const expected = this.#expected;
    if (expected?.id !== id || expected.details === undefined) return this.#host.scan(id, options);
    this.#expected = { ...expected, details: undefined };
    const known = await settled(expected.details);
    options.signal.throwIfAborted();
    return known ?? this.#host.scan(id, options);
  }

  /** As `Host.voxels`. */
  async voxels(id: string, level: number, bytes: number, options: Parameters<Host['voxels']>[3] = {}): Promise<ArrayBuffer> {
    const expected = this.#expected;
    if (expected?.id !== id) return this.#host.voxels(id, level, bytes, options);
    this.#expected = undefined;
    const known = await settled(expected.coarse);
    options.signal?.throwIfAborted();
    return known?.level === level ? known.voxels : this.#host.voxels(id, level, bytes, options);
  }

  #read(id: string): Expected {
    const aborter = new AbortController();
    const details = this.#host.scan(id, { signal: aborter.signal });
    const coarse = details.then(async ({ levels }) => {
      const last = levels.reduce((most, one) => (one.level > most.level ? one : most));
      return { level: last.level, voxels: await this.#host.voxels(id, last.level, last.bytes, { signal: aborter.signal }) };
    });
    // What goes wrong is told when the scan is opened, and asked for again.
    coarse.catch(() => undefined);
    return { id, aborter, details, coarse };
  }
}

/** The value, or undefined where there will be none. */
async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}
