import { count } from './counts.ts';

interface Deletable {
  delete(): void;
}

/** The vtk.js objects of one view: vtk.js frees nothing by itself, so whoever makes an object here gives it back here. */
export class LiveObjects {
  readonly #objects = new Set<Deletable>();

  /** Takes charge of an object. */
  own<T extends Deletable>(object: T): T {
    this.#objects.add(object);
    count('vtkObjects', 1);
    return object;
  }

  release(object: Deletable | undefined): void {
    if (object === undefined || !this.#objects.delete(object)) return;
    count('vtkObjects', -1);
    object.delete();
  }

  /** Releases all, the newest first. */
  releaseAll(): void {
    for (const object of [...this.#objects].reverse()) this.release(object);
  }
}
