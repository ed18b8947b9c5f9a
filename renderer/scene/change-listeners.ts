/** Those who want to know that shared data changed. */
export class ChangeListeners<Change> {
  readonly #listeners = new Set<(change: Change) => void>();

  /** @returns a function that ends the listening */
  add(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  get count(): number {
    return this.#listeners.size;
  }
}
