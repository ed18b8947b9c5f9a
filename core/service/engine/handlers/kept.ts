/** Something costly that is kept in memory between requests, and how it ends. */
export interface Keepable<T> {
  readonly value: T;
  /** What it takes, in the unit of the keeper's limit. */
  readonly size: number;
  dispose?(): void;
}

interface Item<T> {
  readonly made: Promise<Keepable<T>>;
  size: number;
  users: number;
  /** Its place was needed: it ends when nobody uses it any more. */
  dropped: boolean;
}

/** Keeps the things that were used last, within a limit; what is in use stays. */
export class Kept<T> {
  readonly #most: number;
  readonly #items = new Map<string, Item<T>>();

  /** @param most sum of sizes */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Uses a thing, making it when it is not there. One that could not be made is forgotten.
   * @throws as `make` and `use`
   */
  async use<R>(key: string, make: () => Promise<Keepable<T>>, use: (value: T) => Promise<R>): Promise<R> {
    const item = this.#items.get(key) ?? this.#begin(make);
    this.#items.delete(key);
    this.#items.set(key, item);
    item.users++;
    try {
      const { value, size } = await item.made;
      item.size = size;
      this.#makeRoom();
      return await use(value);
    } catch (error) {
      if (item.size === 0 && this.#items.get(key) === item) this.#items.delete(key);
      throw error;
    } finally {
      item.users--;
      if (item.dropped) this.#end(item);
    }
  }

  /** Ends everything; what is in use when it is given back. */
  clear(): void {
    for (const key of [...this.#items.keys()]) this.#drop(key);
  }

  get size(): number {
    return [...this.#items.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #begin(make: () => Promise<Keepable<T>>): Item<T> {
    return { made: make(), size: 0, users: 0, dropped: false };
  }

  /** The last one used stays, however large it is. */
  #makeRoom(): void {
    const keys = [...this.#items.keys()];
    for (const key of keys.slice(0, -1)) {
      if (this.size <= this.#most) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    item.dropped = true;
    this.#end(item);
  }

  #end(item: Item<T>): void {
    if (item.users > 0) return;
    void item.made.then(
      (made) => made.dispose?.(),
      () => undefined,
    );
  }
}
