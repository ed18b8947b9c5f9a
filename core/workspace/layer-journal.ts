import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { AppendFile } from './append-file.ts';
import { CommitQueue } from './commit-queue.ts';
import { writing } from './disk-trouble.ts';
import { encodeRecord, MOST_RECORD_BYTES, type JournalRecord } from './journal.ts';
import { createJournal, journalName } from './layer-files.ts';
import { journalToAppend, type LoadedLayer } from './load-layer.ts';

/** The journal of an open layer: records in, acknowledgements out. */
export class LayerJournal {
  readonly #folder: string;
  readonly #queue: CommitQueue;
  readonly #guard: () => Promise<unknown>;
  #file: AppendFile;
  /** A journal that was begun in vain. It goes before the next is begun, for it would seem to follow the present one. */
  #leftOver: string | undefined;

  private constructor(folder: string, file: AppendFile, guard: () => Promise<unknown>) {
    this.#folder = folder;
    this.#file = file;
    this.#guard = guard;
    this.#queue = new CommitQueue(async (bytes) => {
      await guard();
      await this.#file.append(bytes);
    });
  }

  static async continue(folder: string, loaded: LoadedLayer, guard: () => Promise<unknown>): Promise<LayerJournal> {
    await guard();
    return new LayerJournal(folder, await writing(folder, () => journalToAppend(folder, loaded)), guard);
  }

  /** Bytes in the present file. */
  get bytes(): number {
    return this.#file.length;
  }

  /** @param revert takes the change back in memory; called when it could not be written */
  async append(record: JournalRecord, revert: () => void): Promise<void> {
    const bytes = encodeRecord(record);
    if (bytes.length > MOST_RECORD_BYTES) {
      revert();
      throw new TesseraError('too-large', `One change of labels takes ${bytes.length} bytes; the limit is ${MOST_RECORD_BYTES}.`, {
        advice: 'Make the change in parts, or start a new layer.',
      });
    }
    await this.#queue.append(bytes, revert);
  }

  /** Resolves when all that was appended before is on the disk and we may still write. @throws what kept it from there */
  settled(): Promise<void> {
    return this.#queue.barrier(this.#guard);
  }

  /** Does something when all that was appended before is on the disk and we may still write, before what is appended after. */
  afterwards(action: () => Promise<unknown>): Promise<void> {
    return this.#queue.barrier(async () => {
      await this.#guard();
      await action();
    });
  }

  /** Begins a new file for the changes after `sequence`, which is the last one appended. */
  rotate(sequence: number): Promise<void> {
    return this.#queue.barrier(async () => {
      await this.#guard();
      const name = journalName(sequence);
      if (this.#file.path === join(this.#folder, name)) return;
      await this.#removeLeftOver();
      try {
        const { path, length } = await createJournal(this.#folder, sequence);
        await this.#file.close();
        this.#file = new AppendFile(path, length);
      } catch (error) {
        // It may lie there in spite of the error; nothing is in it.
        this.#leftOver = join(this.#folder, name);
        await this.#removeLeftOver().catch(() => undefined);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#queue.barrier();
    await this.#file.close();
  }

  async #removeLeftOver(): Promise<void> {
    const path = this.#leftOver;
    if (path === undefined) return;
    await writing(path, () => rm(path, { force: true }));
    this.#leftOver = undefined;
  }
}
