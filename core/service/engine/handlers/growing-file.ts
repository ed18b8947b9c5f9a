import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Box, Triple } from '../../../imaging/index.ts';
import type { LabelVoxels } from '../../../inference/growth.ts';

/** The labels of a segmentation that is being computed, raw, i fastest, as others may read them meanwhile. */
export class GrowingFile {
  readonly path: string;
  readonly name: string;
  readonly #folder: string;
  readonly #dims: Triple;
  #file: Promise<FileHandle> | undefined;

  constructor(folder: string, id: string, dims: Triple) {
    this.name = `${id}.raw`;
    this.path = join(folder, this.name);
    this.#folder = folder;
    this.#dims = dims;
  }

  /** Writes the rows of a box. @param labels all of them */
  async write(labels: LabelVoxels, { start, size }: Box): Promise<void> {
    const file = await (this.#file ??= this.#begin(labels.byteLength));
    const [nx, ny] = this.#dims;
    const width = labels.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
    for (let k = start[2]; k < start[2] + size[2]; k++) {
      const from = width * nx * (start[1] + ny * k);
      await file.write(bytes, from, width * nx * size[1], from);
    }
  }

  async close(): Promise<void> {
    await (await this.#file?.catch(() => undefined))?.close();
  }

  /** All background at first. */
  async #begin(bytes: number): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = await open(this.path, 'w', 0o600);
    await file.truncate(bytes);
    return file;
  }
}
