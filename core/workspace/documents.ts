import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { isTesseraError, TesseraError } from '../base/errors.ts';
import { errorCode } from './disk-trouble.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * One kind of JSON file. On disk it says what it is, as in `"schema": "tessera-scan/1"`. An older one is brought to the newest form when it is
 * read, step by step; the file itself changes when it is next written.
 */
export interface DocumentKind<T> {
  readonly name: string;
  /** The version that this program writes. */
  readonly version: number;
  readonly schema: z.ZodType<T>;
  /** From the version in the key to the next. */
  readonly migrations: Readonly<Record<number, (old: Json) => Json>>;
}

const MOST_BYTES = 64 * 1024 ** 2;

/**
 * @throws TesseraError `not-found`; `bad-file` when it is damaged or something else; `unsupported-file` when a newer program wrote it
 */
export async function readDocument<T>(path: string, kind: DocumentKind<T>): Promise<T> {
  const json = await readJson(path);
  const [name, digits] = typeof json.schema === 'string' ? json.schema.split('/') : [];
  const version = Number(digits);
  if (name !== kind.name || !Number.isInteger(version)) throw damaged(path, `its "schema" does not say ${kind.name}`);
  if (version > kind.version) {
    throw new TesseraError('unsupported-file', `was written by a newer Tessera (${kind.name}/${version}).`, {
      subject: path,
      advice: `Update Tessera; this one knows versions up to ${kind.version}.`,
    });
  }
  try {
    return kind.schema.parse(migrated(json, version, kind));
  } catch (cause) {
    if (isTesseraError(cause)) throw cause;
    throw damaged(path, cause instanceof z.ZodError ? z.prettifyError(cause).replace(/\s+/g, ' ') : String(cause), cause);
  }
}

/** Writes it whole or not at all. @throws TesseraError `write-failed` */
export async function writeDocument<T extends object>(path: string, kind: DocumentKind<T>, value: T): Promise<void> {
  await writeFileAtomic(path, JSON.stringify({ schema: `${kind.name}/${kind.version}`, ...value }, null, 2) + '\n');
}

function migrated<T>(json: Json, from: number, kind: DocumentKind<T>): Json {
  let result = json;
  for (let version = from; version < kind.version; version++) {
    const step = kind.migrations[version];
    if (step === undefined) throw new Error(`version ${version} is no longer known`);
    result = step(result);
  }
  return result;
}

async function readJson(path: string): Promise<Json> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw damaged(path, `${size} bytes are too many for it`);
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
    throw damaged(path, 'it is no JSON object');
  } catch (cause) {
    if (isTesseraError(cause)) throw cause;
    const code = errorCode(cause);
    if (code === 'ENOENT') throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause });
    throw damaged(path, code ?? 'it is not JSON', cause);
  }
}

function damaged(path: string, reason: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `cannot be read or is damaged (${reason}).`, {
    subject: path,
    advice: `Bring ${basename(path)} back from a backup.`,
    cause,
  });
}
