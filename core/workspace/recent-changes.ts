import { joinDeltas } from '../labelling/join-deltas.ts';
import { decodedDelta } from '../labelling/delta-bytes.ts';
import type { LabelDelta } from '../labelling/label-delta.ts';

/** A change of a layer, as whoever missed it needs it. */
export interface RecentChange {
  readonly sequence: number;
  /** Encoded. */
  readonly delta: Uint8Array;
  /** Name that its author gave it, to know it again. */
  readonly edit: string | undefined;
}

const MOST_CHANGES = 1000;
const MOST_BYTES = 16 * 1024 ** 2;

/** The last changes of a layer without gaps, for windows that another was faster than. */
export class RecentChanges {
  readonly #changes: RecentChange[] = [];
  #bytes = 0;

  add(change: RecentChange): void {
    const last = this.#changes.at(-1);
    if (last !== undefined && change.sequence <= last.sequence) return;
    if (last !== undefined && change.sequence > last.sequence + 1) this.clear();
    this.#changes.push(change);
    this.#bytes += change.delta.length;
    while (this.#changes.length > MOST_CHANGES || (this.#bytes > MOST_BYTES && this.#changes.length > 1)) {
      this.#bytes -= this.#changes.shift()?.delta.length ?? 0;
    }
  }

  /** Takes the last one back. */
  takeBack(): void {
    this.#bytes -= this.#changes.pop()?.delta.length ?? 0;
  }

  clear(): void {
    this.#changes.length = 0;
    this.#bytes = 0;
  }

  has(edit: string): boolean {
    return this.#changes.some((change) => change.edit === edit);
  }

  /** The last change; undefined when none is kept. */
  get last(): RecentChange | undefined {
    return this.#changes.at(-1);
  }

  /** What changed after a state of that number; undefined when that is too long ago. */
  since(sequence: number): LabelDelta | undefined {
    const from = this.#changes.findIndex((change) => change.sequence === sequence + 1);
    return from < 0 ? undefined : joinDeltas(this.#changes.slice(from).map(({ delta }) => decodedDelta(delta)));
  }
}
