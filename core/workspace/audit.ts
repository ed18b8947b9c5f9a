import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { AppendFile } from './append-file.ts';
import { CommitQueue } from './commit-queue.ts';
import { errorCode, writing } from './disk-trouble.ts';

/** Ids and numbers that an entry is about. Never names of patients or of files. */
export type AuditDetails = Readonly<Record<string, string | number | boolean>>;

const entrySchema = z.object({
  n: z.number().int().min(1),
  time: z.iso.datetime(),
  who: z.string(),
  what: z.string(),
  /** Id or SHA-256 of the model that had a part in it. */
  model: z.string().optional(),
  about: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  previous: z.string(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof entrySchema>;

export type AuditVerdict =
  | { readonly ok: true; readonly entries: readonly AuditEntry[]; readonly head: string; readonly unfinished: boolean }
  | { readonly ok: false; readonly line: number; readonly problem: string };

/** The `previous` of the first entry. */
export const AUDIT_START = '0'.repeat(64);

/** A line without its newline: the hash is the last field and covers all text before it. */
function lineOf(entry: Omit<AuditEntry, 'hash'>): { line: string; hash: string } {
  const body = JSON.stringify(entry).slice(0, -1);
  const hash = createHash('sha256').update(body).digest('hex');
  return { line: `${body},"hash":"${hash}"}`, hash };
}

/**
 * Checks the chain of an audit file: each entry's hash must be that of its own text, and its `previous` the hash of the entry before. Lines cut
 * off at the end leave a whole chain, so note the head elsewhere to notice that. `unfinished`: a last line without its newline, as a killed
 * process leaves it; it counts for nothing.
 * @returns the entries, or the first line that is broken, counted from 1
 */
export function verifyAudit(text: string): AuditVerdict {
  const lines = text.split('\n');
  const unfinished = lines.pop() !== '';
  const entries: AuditEntry[] = [];
  let head = AUDIT_START;
  for (const [index, line] of lines.entries()) {
    const broken = (problem: string): AuditVerdict => ({ ok: false, line: index + 1, problem });
    const end = line.length - ',"hash":"'.length - 64 - '"}'.length;
    const entry = parsed(line);
    if (entry === undefined) return broken('It is no audit entry.');
    const hash = createHash('sha256').update(line.slice(0, end)).digest('hex');
    if (!line.endsWith(`,"hash":"${hash}"}`)) return broken('It was changed after it was written.');
    if (entry.previous !== head) return broken('It does not follow the line before it; lines were removed, added or put in another order.');
    if (entry.n !== index + 1) return broken('It has the wrong number.');
    entries.push(entry);
    head = hash;
  }
  return { ok: true, entries, head, unfinished };
}

/** Entries that can be read, in the order of the lines; what is no entry is left out. */
export function readableEntries(text: string): AuditEntry[] {
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => parsed(line) ?? []);
}

/** The audit file of a workspace that may be written to. */
export class AuditLog {
  readonly #queue: CommitQueue;
  readonly #file: AppendFile;
  #n: number;
  #head: string;

  private constructor(file: AppendFile, n: number, head: string, guard: () => Promise<void>) {
    this.#file = file;
    this.#n = n;
    this.#head = head;
    this.#queue = new CommitQueue(async (bytes) => {
      await guard();
      await file.append(bytes);
    });
  }

  /**
   * Goes on with the chain behind the last line that can be read, whether or not the chain is sound: an alarm must not keep the record from
   * being continued. An unfinished last line is cut off.
   */
  static async open(path: string, guard: () => Promise<void>): Promise<AuditLog> {
    const bytes = await auditBytes(path);
    const length = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes.toString('utf8', 0, length).split('\n').slice(0, -1);
    const last = parsed(lines.at(-1) ?? '');
    const file = new AppendFile(path, length);
    await writing(path, async () => {
      if (bytes.length === 0) await (await open(path, 'a')).close();
      await file.cut();
    });
    return new AuditLog(file, lines.length, last?.hash ?? AUDIT_START, guard);
  }

  /** @throws TesseraError `write-failed`, `read-only` */
  async append(entry: { who: string; what: string; about: AuditDetails; model?: string }): Promise<void> {
    const { who, what, about, model } = entry;
    const before = { n: this.#n, head: this.#head };
    const time = new Date().toISOString();
    const fields = { n: before.n + 1, time, who, what, ...(model === undefined ? {} : { model }), about, previous: before.head };
    const { line, hash } = lineOf(fields);
    this.#n = fields.n;
    this.#head = hash;
    await this.#queue.append(Buffer.from(line + '\n'), () => {
      this.#n = before.n;
      this.#head = before.head;
    });
  }

  async close(): Promise<void> {
    await this.#queue.barrier();
    await this.#file.close();
  }
}

/** @throws TesseraError `bad-file` */
export async function auditBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw new TesseraError('bad-file', 'cannot be read.', { subject: path, advice: 'Check the disk.', cause });
  }
}

function parsed(line: string): AuditEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
