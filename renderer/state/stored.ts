/** Where small choices of the user outlive the page. */
export type KeyValueStore = Pick<Storage, 'getItem' | 'setItem'>;

/** Reads what {@link writeStored} wrote; anything `parse` does not take (another version's, or broken) becomes `fallback`. */
export function readStored<T>(store: KeyValueStore, key: string, parse: (value: unknown) => T | undefined, fallback: T): T {
  try {
    const text = store.getItem(key);
    return text === null ? fallback : (parse(JSON.parse(text)) ?? fallback);
  } catch {
    // Not JSON, or the browser keeps nothing for this page: go on without.
    return fallback;
  }
}

/** Keeps a choice; a browser that keeps nothing for this page only forgets it. */
export function writeStored(store: KeyValueStore, key: string, value: unknown): void {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the choice holds until the page is closed.
  }
}

/** A parser for {@link readStored} that takes one of a few words. */
export function oneOf<T extends string>(...words: readonly T[]): (value: unknown) => T | undefined {
  return (value) => words.find((word) => word === value);
}

/** A parser for {@link readStored} that takes a number within bounds. */
export function numberWithin(low: number, high: number): (value: unknown) => number | undefined {
  return (value) => (typeof value === 'number' && value >= low && value <= high ? value : undefined);
}
