import { open, type FileHandle } from 'node:fs/promises';
import { TesseraError } from '../base/errors.ts';
import { writeFailed } from './disk-trouble.ts';

/**
 * A file that only grows. What `append` has answered is on the disk. After a failure the file is brought back to its last good length before
 * anything else is written, so no half-written piece ever lies between two good ones.
 */
export class AppendFile {
  readonly path: string;
  #length: number;
  /** Undefined until first needed and after a failure: a handle on a drive that went away stays dead when it returns. */
  #handle: FileHandle | undefined;

  /** @param length of what is good in the file; anything behind it is cut off */
  constructor(path: string, length: number) {
    this.path = path;
    this.#length = length;
  }

  /** Bytes that are known to be on the disk. */
  get length(): number {
    return this.#length;
  }

  /** @throws TesseraError `write-failed`; nothing was added then, and a later call may succeed */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      const file = await this.#ready();
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, this.#length + done);
        done += bytesWritten;
      }
      await file.sync();
      this.#length += bytes.length;
    } catch (cause) {
      await this.close();
      // Nobody was promised these bytes. Where the disk does not even take the cut, the next call or the next opening makes it.
      await this.cut().catch(() => undefined);
      throw writeFailed(this.path, cause);
    }
  }

  /** Cuts off what lies behind the good length. */
  async cut(): Promise<void> {
    await this.#ready();
  }

  async close(): Promise<void> {
    const file = this.#handle;
    this.#handle = undefined;
    await file?.close().catch(() => undefined);
  }

  async #ready(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    const file = await open(this.path, 'r+');
    try {
      const { size } = await file.stat();
      if (size < this.#length) throw shorter(this.path);
      if (size > this.#length) {
        await file.truncate(this.#length);
        await file.sync();
      }
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    return (this.#handle = file);
  }
}

function shorter(path: string): TesseraError {
  return new TesseraError('bad-file', 'has become shorter than what was written to it.', {
    subject: path,
    advice: 'Something else changed the workspace. Close it, bring the file back from a backup, and open it again.',
  });
}
