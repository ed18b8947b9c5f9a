import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import type { SourceState } from '../api/uploads.ts';
import { noteChosenPaths, readChosenPaths } from './chosen-paths.ts';
import { safeNameParts } from './file-name.ts';

/** What uploads may take. */
export interface UploadLimits {
  readonly fileBytes: number;
  readonly sourceBytes: number;
  readonly files: number;
  /** Sources at a time that were not imported yet. */
  readonly sources: number;
}
export const usualUploadLimits: UploadLimits = { fileBytes: 16 * 1024 ** 3, sourceBytes: 64 * 1024 ** 3, files: 100_000, sources: 32 };

interface Source {
  /** Folder of uploaded files; undefined for files that lie where the user has them. */
  readonly folder: string | undefined;
  readonly paths: readonly string[];
  files: number;
  bytes: number;
}

/** Behind the id of files that lie where the user has them. An upload is a folder of the bare id. */
const NOTE = '.json';

/**
 * What the user gave to be imported, under random names: uploads in a private folder that goes when they are imported or the host ends, and
 * files that the desktop's dialogs name, which stay where they are; a private note says where. Both outlive a host that is killed.
 */
export class Sources {
  readonly #root: string;
  readonly #limits: UploadLimits;
  readonly #sources = new Map<string, Source>();

  /** @param root folder for uploads and notes, of this host alone */
  constructor(root: string, limits: UploadLimits = usualUploadLimits) {
    this.#root = root;
    this.#limits = limits;
  }

  /** Takes up what unfinished jobs wait for, and removes all else that an earlier host left. */
  async resume(wanted: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const path = join(this.#root, name);
      const id = basename(name, NOTE);
      const chosen = wanted.has(id) && name !== id ? await readChosenPaths(path) : undefined;
      if (chosen !== undefined) this.#sources.set(id, { folder: undefined, paths: chosen, files: chosen.length, bytes: 0 });
      else if (wanted.has(name)) this.#sources.set(name, { folder: path, paths: [path], files: 0, bytes: 0 });
      else await rm(path, { recursive: true, force: true });
    }
  }

  /** An empty source for uploads. @throws TesseraError `too-large`, `write-failed` */
  async create(): Promise<string> {
    if (this.#sources.size >= this.#limits.sources)
      throw new TesseraError('too-large', 'Too many uploads are open.', { advice: 'Import what was uploaded first.' });
    const id = newSource();
    const folder = join(this.#root, id);
    await writing(() => mkdir(folder, { recursive: true, mode: 0o700 }));
    this.#sources.set(id, { folder, paths: [folder], files: 0, bytes: 0 });
    return id;
  }

  /** A source of files and folders that the user chose on this computer. @throws TesseraError `not-found`, `write-failed` */
  async register(paths: readonly string[]): Promise<string> {
    for (const path of paths) {
      if (!isAbsolute(path)) throw new TesseraError('bad-setting', 'is not a whole path.', { subject: path });
      await stat(path).catch((cause: unknown) => {
        throw new TesseraError('not-found', 'does not exist or may not be read.', { subject: path, cause });
      });
    }
    const id = newSource();
    await writing(async () => {
      await mkdir(this.#root, { recursive: true, mode: 0o700 });
      await noteChosenPaths(this.#noteOf(id), paths);
    });
    this.#sources.set(id, { folder: undefined, paths: [...paths], files: paths.length, bytes: 0 });
    return id;
  }

  /**
   * Writes one file of an upload as it comes.
   * @param name relative, as the page knows it
   * @param length as announced, if it was
   * @throws TesseraError `not-found`, `bad-setting` (name), `too-large`, `write-failed`, `cancelled`; nothing of the file is left then
   */
  async addFile(id: string, name: string, body: ReadableStream<Uint8Array> | null, length?: number): Promise<SourceState> {
    const source = this.#find(id);
    if (source.folder === undefined)
      throw new TesseraError('not-allowed', 'Files cannot be added to what was chosen on this computer.', { subject: id });
    const path = join(source.folder, ...safeNameParts(name));
    this.#checkRoom(source, length ?? 0, 0);
    if (source.files >= this.#limits.files) throw tooLarge(`An upload may have ${this.#limits.files} files.`);
    source.files++;
    let written = 0;
    try {
      await writing(() => mkdir(dirname(path), { recursive: true, mode: 0o700 }));
      const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
        throw exists(cause) ? new TesseraError('bad-setting', 'was uploaded before.', { subject: 'name', cause }) : writeFailed(cause);
      });
      try {
        for await (const piece of piecesOf(body)) {
          written += piece.length;
          source.bytes += piece.length;
          this.#checkRoom(source, 0, written);
          await writing(() => file.writeFile(piece));
        }
        if (length !== undefined && written !== length) throw cancelled();
      } catch (error) {
        await rm(path, { force: true }).catch(() => undefined);
        throw error;
      } finally {
        await file.close();
      }
      return { source: id, files: source.files, bytes: source.bytes };
    } catch (error) {
      source.files--;
      source.bytes -= written;
      throw error;
    }
  }

  /** Where its files lie. @throws TesseraError `not-found` */
  paths(id: string): readonly string[] {
    return this.#find(id).paths;
  }

  /** Forgets a source; uploads are deleted. */
  async remove(id: string): Promise<void> {
    const source = this.#sources.get(id);
    this.#sources.delete(id);
    if (source !== undefined) await rm(source.folder ?? this.#noteOf(id), { recursive: true, force: true });
  }

  /** Removes all but what unfinished jobs wait for. */
  async close(wanted: ReadonlySet<string>): Promise<void> {
    for (const id of [...this.#sources.keys()]) if (!wanted.has(id)) await this.remove(id);
  }

  #noteOf(id: string): string {
    return join(this.#root, `${id}${NOTE}`);
  }

  #find(id: string): Source {
    const source = this.#sources.get(id);
    if (source !== undefined) return source;
    throw new TesseraError('not-found', 'The files to import are no longer at hand.', { subject: id, advice: 'Choose them again.' });
  }

  #checkRoom(source: Source, coming: number, written: number): void {
    const { fileBytes, sourceBytes } = this.#limits;
    if (coming > fileBytes || written > fileBytes) throw tooLarge(`A file may have ${inGigabytes(fileBytes)}.`);
    if (source.bytes + coming > sourceBytes) throw tooLarge(`An upload may have ${inGigabytes(sourceBytes)}.`);
  }
}

async function* piecesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (cause) {
    throw Object.assign(cancelled(), { cause });
  } finally {
    // What is not wanted is not read to its end.
    await reader.cancel().catch(() => undefined);
  }
}

function newSource(): string {
  return randomBytes(16).toString('hex');
}

function tooLarge(message: string): TesseraError {
  return new TesseraError('too-large', message, { advice: 'Import fewer files at a time, or use tessera on the command line.' });
}

function inGigabytes(bytes: number): string {
  return bytes >= 1024 ** 3 ? `${Math.round(bytes / 1024 ** 3)} GB at most` : `${bytes} bytes at most`;
}

async function writing<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw writeFailed(cause);
  }
}

function writeFailed(cause: unknown): TesseraError {
  return new TesseraError('write-failed', 'The upload could not be written.', { advice: 'Look whether the disk is full.', cause });
}

function exists(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
