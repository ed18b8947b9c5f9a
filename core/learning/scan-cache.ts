import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { CACHE_FORMAT, entryPieces, readEntry } from './cache-entry.ts';
import type { CaseSource, TrainingCase } from './prepared-case.ts';

export interface CacheSettings {
  readonly folder: string;
  /** Bytes that all entries together may take. */
  readonly maxBytes: number;
}

/** The cache never takes the last of the disk: checkpoints need it. */
const LEFT_FREE = 2 * 1024 ** 3;
const ABANDONED_MS = 10 * 60_000;

/**
 * Prepared cases on disk, one file each (`cache-entry.ts`), so that a scan is decoded, resampled and cropped once a run. An entry belongs
 * to the path, size and time of change of its files and to the preparation; one that is damaged is removed, never believed.
 */
export class ScanCache {
  private readonly settings: CacheSettings;

  constructor(settings: CacheSettings) {
    this.settings = settings;
  }

  /** @returns undefined when there is no entry, or none that can be believed */
  async get(
    source: CaseSource,
    allocate: (bytes: number) => ArrayBufferLike = (n) => new ArrayBuffer(n),
  ): Promise<TrainingCase | undefined> {
    const key = await cacheKey(source);
    const path = this.path(key);
    const file = await open(path, 'r').catch(() => undefined);
    if (file === undefined) return undefined;
    const found = await readEntry(file, key, allocate)
      .catch(() => undefined)
      .finally(() => file.close());
    const now = new Date();
    if (found === undefined) await rm(path, { force: true }).catch(() => undefined);
    else await utimes(path, now, now).catch(() => undefined); // the oldest used goes first
    return found;
  }

  /** Keeps a case, removing the oldest used. One that is larger than the whole cache is left out. @throws TesseraError `write-failed` */
  async put(source: CaseSource, loaded: TrainingCase): Promise<void> {
    const { folder, maxBytes } = this.settings;
    const key = await cacheKey(source);
    const entry = entryPieces(key, loaded);
    const bytes = entry.reduce((sum, piece) => sum + piece.byteLength, 0);
    if (bytes > maxBytes) return;
    const temporary = join(folder, `.${key}.${randomUUID().slice(0, 8)}.tmp`);
    try {
      // Voxels of patients: for this user alone.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await this.makeRoom(bytes);
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize - bytes < LEFT_FREE) throw new Error(`less than ${LEFT_FREE / 1024 ** 3} GB would be left free`);
      // Not fsynced: what a power cut leaves behind fails its checksum.
      const file = await open(temporary, 'wx');
      try {
        for (const piece of entry) await file.writeFile(piece);
      } finally {
        await file.close();
      }
      await rename(temporary, this.path(key));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TesseraError('write-failed', `cannot keep prepared scans (${reason}).`, {
        subject: folder,
        advice: 'Free some space.',
        cause,
      });
    }
  }

  private path(key: string): string {
    return join(this.settings.folder, `${key}.voxels`);
  }

  private async makeRoom(bytes: number): Promise<void> {
    const { folder, maxBytes } = this.settings;
    const entries = [];
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      // Another thread may have removed it meanwhile.
      const status = await stat(path).catch(() => undefined);
      if (status === undefined) continue;
      if (name.endsWith('.voxels')) entries.push({ path, bytes: status.size, used: status.mtimeMs });
      else if (name.endsWith('.tmp') && Date.now() - status.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
    let total = entries.reduce((sum, entry) => sum + entry.bytes, bytes);
    for (const entry of entries.sort((a, b) => a.used - b.used)) {
      if (total <= maxBytes) break;
      await rm(entry.path, { force: true });
      total -= entry.bytes;
    }
  }
}

/** Files by path, size and time of change, and what is made of them. */
async function cacheKey({ case: found, preparation, classes }: CaseSource): Promise<string> {
  const paths = [...found.images, ...(classes === undefined || found.label === undefined ? [] : [found.label])];
  const states = [];
  for (const path of paths) for (const file of await filesOf(path)) states.push([file, ...(await stateOf(file))]);
  return createHash('sha256')
    .update(JSON.stringify([CACHE_FORMAT, found.id, paths, states, preparation, classes ?? null, found.labelNames ?? null]))
    .digest('hex')
    .slice(0, 40);
}

/** The files that a scan is read from: the voxels of a .hdr lie in the .img beside it, a DICOM series is `folder`, `folder#series` or `folder#series@volume`. */
async function filesOf(path: string): Promise<string[]> {
  if (/\.hdr$/i.test(path)) return [path, `${path.slice(0, -4)}.img`, `${path.slice(0, -4)}.img.gz`];
  const folder = path.replace(/#[0-9a-f]{8}(@\d+)?$/, '');
  const names = await readdir(folder).catch(() => undefined);
  return names === undefined ? [path] : names.sort().map((name) => join(folder, name));
}

/** A file that is gone is reported by whoever reads it. */
async function stateOf(file: string): Promise<[bytes: number, changed: number]> {
  const status = await stat(file).catch(() => undefined);
  return [status?.size ?? -1, status?.mtimeMs ?? -1];
}
