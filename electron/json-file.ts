import { readFile } from 'node:fs/promises';
import type * as z from 'zod';
import { writeFileAtomic } from '../core/base/atomic-file.ts';

/** A small file of the shell's own memory. What cannot be read counts as forgotten: it is worth no question at the start. */
export class JsonFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
  }

  async read(): Promise<T | undefined> {
    try {
      return this.#schema.safeParse(JSON.parse(await readFile(this.#path, 'utf8'))).data;
    } catch {
      // Absent or damaged.
      return undefined;
    }
  }

  /** Whole or not at all, one after the other. A disk that is full loses where the window was, and nothing else. */
  write(value: T): Promise<void> {
    this.#writing = this.#writing.then(() => writeFileAtomic(this.#path, `${JSON.stringify(value, null, 2)}\n`)).catch(() => undefined);
    return this.#writing;
  }
}
