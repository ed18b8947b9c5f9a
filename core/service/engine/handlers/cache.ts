import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../../../base/errors.ts';
import type { Workspace } from '../../../workspace/index.ts';

/** Things of one kind that can be made again, each in a folder `cache/<name>/<id>/`. */
export interface CacheKind<T> {
  readonly name: string;
  /** What is kept of a thing beside its files. */
  readonly document: z.ZodType<T>;
  /** Bytes that all of them may take: what was used longest ago goes. */
  readonly maxBytes: number;
}

export interface CacheEntry<T> {
  readonly id: string;
  readonly document: T;
  /** Of one of its files, relative to the workspace, with forward slashes. */
  readonly file: (name: string) => string;
}

/** A whole entry: its files have these sizes. */
const stored = z.object({ files: z.record(z.string(), z.number()), document: z.unknown() });
const DOCUMENT = 'entry.json';
const ABANDONED_MS = 60 * 60_000;

/**
 * The entry of a key, made when it is not there or not whole. Two that make it at once give the same.
 * @param key all that the entry depends on; its hash is the id
 * @param make writes files into a folder and returns what to keep beside them
 * @throws TesseraError `write-failed`, and as `make`
 */
export async function cached<T>(
  workspace: Workspace,
  kind: CacheKind<T>,
  key: unknown,
  make: (folder: string) => Promise<T>,
): Promise<CacheEntry<T>> {
  const known = await knownEntry(workspace, kind, key);
  if (known !== undefined) return known;
  const id = cacheId(key);
  const place = join(workspace.cachePath, kind.name);
  const file = (name: string): string => fileOf(kind, id, name);
  const folder = join(place, `.${id}.${randomUUID().slice(0, 8)}`);
  try {
    await writing(() => mkdir(folder, { recursive: true, mode: 0o700 }));
    const document = await make(folder);
    await writing(async () => {
      await writeRaw(join(folder, DOCUMENT), [Buffer.from(JSON.stringify({ files: await sizesIn(folder), document }))]);
      await rm(join(place, id), { recursive: true, force: true });
      await rename(folder, join(place, id));
    });
    await removeOldest(place, id, kind.maxBytes);
    return { id, document, file };
  } catch (error) {
    const other = await readEntry(join(place, id), kind.document);
    if (other !== undefined) return { id, document: other, file };
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The entry of a key when it is there, whole. */
export async function knownEntry<T>(workspace: Workspace, kind: CacheKind<T>, key: unknown): Promise<CacheEntry<T> | undefined> {
  const id = cacheId(key);
  const document = await readEntry(join(workspace.cachePath, kind.name, id), kind.document);
  return document === undefined ? undefined : { id, document, file: (name) => fileOf(kind, id, name) };
}

function fileOf({ name: kind }: { readonly name: string }, id: string, name: string): string {
  return `cache/${kind}/${id}/${name}`;
}

/** The id of a key: the same wherever the same is asked for. */
export function cacheId(key: unknown): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
}

/** Writes a file of an entry. It is not flushed to the disk: what a power cut takes is made again. @throws TesseraError `write-failed` */
export async function writeRaw(path: string, pieces: Iterable<ArrayBufferView>): Promise<void> {
  await writing(async () => {
    const file = await open(path, 'w', 0o600);
    try {
      for (const { buffer, byteOffset, byteLength } of pieces) await file.writeFile(new Uint8Array(buffer, byteOffset, byteLength));
    } finally {
      await file.close();
    }
  });
}

/** @returns undefined when there is none, or none that is whole */
async function readEntry<T>(folder: string, document: z.ZodType<T>): Promise<T | undefined> {
  try {
    const entry = stored.parse(JSON.parse(await readFile(join(folder, DOCUMENT), 'utf8')));
    for (const [name, bytes] of Object.entries(entry.files)) if ((await stat(join(folder, name))).size !== bytes) return undefined;
    const now = new Date();
    await utimes(folder, now, now).catch(() => undefined);
    return document.parse(entry.document);
  } catch {
    return undefined;
  }
}

async function sizesIn(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).size] as const)));
}

async function removeOldest(place: string, newest: string, maxBytes: number): Promise<void> {
  const entries: { path: string; used: number; bytes: number }[] = [];
  for (const name of await readdir(place).catch(() => [])) {
    const path = join(place, name);
    const used = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (used === undefined || name === newest) continue;
    if (!name.startsWith('.')) entries.push({ path, used, bytes: sum(Object.values(await sizesIn(path).catch(() => ({})))) });
    else if (Date.now() - used > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
  let left = maxBytes - sum(Object.values(await sizesIn(join(place, newest)).catch(() => ({}))));
  for (const { path, bytes } of entries.sort((a, b) => b.used - a.used)) {
    left -= bytes;
    if (left < 0) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new TesseraError('write-failed', 'The cache of the workspace cannot be written.', {
      subject: 'cache',
      advice: 'Look whether the disk is full, or the workspace lies where nothing may be written.',
      cause,
    });
  }
}
