import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { readDocument, writeDocument } from './documents.ts';
import { namesIn } from './folders.ts';
import { newId } from './ids.ts';
import { listDocuments, type Listing } from './scans.ts';
import { splitKind, type SplitDocument } from './schemas.ts';

export interface NewSplit {
  readonly name: string;
  readonly parts: SplitDocument['parts'];
  /** What it was drawn with. */
  readonly seed?: number;
}

/**
 * Saves a split. Its part `test`, where it has scans, is locked by the first split that has one: later ones must have the same.
 * @throws TesseraError `bad-setting` when a scan has two parts, `test-case` when the test part would change, `bad-file` when a split cannot be
 * read, which might hold the lock, `write-failed`
 */
export async function saveSplit(folder: string, given: NewSplit, author: string): Promise<SplitDocument> {
  const split = splitKind.schema.safeParse({ id: newId(), created: new Date().toISOString(), author, ...given });
  if (!split.success) {
    throw new TesseraError('bad-setting', `The split is wrong: ${z.prettifyError(split.error).replace(/\s+/g, ' ')}.`, {
      advice: 'Give each scan one part, by its id.',
    });
  }
  const { found, problems } = await listSplits(folder);
  const [unreadable] = problems;
  if (unreadable !== undefined) throw unreadable.error;
  const locked = lockedTest(found);
  if (locked.length > 0 && !isSame(locked, split.data.parts['test'] ?? []))
    throw new TesseraError('test-case', 'The test part was locked when it was first made and cannot be changed.', {
      advice: 'Draw training and validation anew around it, or begin a new workspace.',
    });
  await writeDocument(join(folder, `${split.data.id}.json`), splitKind, split.data);
  return split.data;
}

export async function listSplits(folder: string): Promise<Listing<SplitDocument>> {
  return listDocuments(await namesIn(folder), (name) => readDocument(join(folder, name), splitKind));
}

/** Scans that are locked away for testing, by the first split that has a test part; empty where none has. */
export function lockedTest(splits: readonly SplitDocument[]): readonly string[] {
  return inOrder(splits).find(({ parts }) => (parts['test'] ?? []).length > 0)?.parts['test'] ?? [];
}

/** The split that is in use: the latest. */
export function currentSplit(splits: readonly SplitDocument[]): SplitDocument | undefined {
  return inOrder(splits).at(-1);
}

function inOrder(splits: readonly SplitDocument[]): SplitDocument[] {
  return [...splits].sort((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}
