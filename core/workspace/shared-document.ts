import { basename } from 'node:path';
import { isTesseraError, TesseraError } from '../base/errors.ts';
import { CommitQueue } from './commit-queue.ts';
import { readDocument, writeDocument, type DocumentKind } from './documents.ts';

/** What several windows change. `sequence` is the number of the last change. */
export interface Numbered {
  readonly sequence: number;
}

/** A JSON file that several windows change: one change after another, each made for the state that the one before left. */
export class SharedDocument<T extends Numbered> {
  readonly #path: string;
  readonly #kind: DocumentKind<T>;
  readonly #empty: T;
  readonly #guard: () => Promise<unknown>;
  readonly #queue = new CommitQueue(() => Promise.resolve());

  /**
   * @param empty what it is while there is no file
   * @param guard throws where nothing may be written
   */
  constructor(path: string, kind: DocumentKind<T>, empty: T, guard: () => Promise<unknown>) {
    this.#path = path;
    this.#kind = kind;
    this.#empty = empty;
    this.#guard = guard;
  }

  /** @throws TesseraError `bad-file`, `unsupported-file` */
  async read(): Promise<T> {
    try {
      return await readDocument(this.#path, this.#kind);
    } catch (error) {
      if (isTesseraError(error) && error.code === 'not-found') return this.#empty;
      throw error;
    }
  }

  /**
   * Resolves when the change is on the disk. A damaged file is never written over.
   * @param after the last change that whoever asks knows of; undefined for a change that fits any state
   * @param make the state that shall be; the given one itself where there is nothing to do
   * @param record what must be on the disk before the new state is, as that somebody did it: a change that nobody can trace is worse than a record
   *   of one that did not come about. Where it fails nothing changes
   * @throws TesseraError `conflict` when somebody else was faster, `bad-file`, `write-failed`, `read-only`, and as `make` and `record`
   */
  async change(after: number | undefined, make: (now: T) => T, record?: (next: T, now: T) => Promise<unknown>): Promise<T> {
    let result = this.#empty;
    await this.#queue.barrier(async () => {
      await this.#guard();
      const now = await this.read();
      if (after !== undefined && after !== now.sequence) throw overtaken(this.#path);
      const next = make(now);
      result = next === now ? now : { ...next, sequence: now.sequence + 1 };
      if (next === now) return;
      await record?.(result, now);
      await writeDocument(this.#path, this.#kind, result);
    });
    return result;
  }
}

function overtaken(path: string): TesseraError {
  return new TesseraError('conflict', 'It was changed elsewhere meanwhile, in another window perhaps.', {
    subject: basename(path),
    advice: 'Look at the changes, then repeat yours.',
  });
}
