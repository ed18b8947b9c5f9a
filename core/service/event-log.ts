import type { EventData, EventKind, ServiceEvent } from './api/events.ts';

export type NumberedEvent = ServiceEvent & { readonly id: number };

const KEPT = 1000;

/** Everything that happened, for whoever listens; the last thousand events are kept for those who lost their connection. */
export class EventLog {
  readonly #kept: NumberedEvent[] = [];
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  // Numbers go on growing over restarts of the host, so that one of an earlier host is never taken for one of this.
  #last = Date.now();
  readonly #first = this.#last;

  get last(): number {
    return this.#last;
  }

  publish<K extends EventKind>(kind: K, data: EventData[K]): void {
    const event = { id: ++this.#last, kind, data } as NumberedEvent;
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Events after a number, the oldest first; undefined when some of them are no longer kept, or the number is none of ours. */
  after(id: number): readonly NumberedEvent[] | undefined {
    const oldest = this.#kept[0]?.id ?? this.#last + 1;
    if (id < Math.max(oldest - 1, this.#first) || id > this.#last) return undefined;
    return this.#kept.filter((event) => event.id > id);
  }

  /** @returns ends the listening */
  listen(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
