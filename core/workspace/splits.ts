import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { readDocument, writeDocument } from './documents.ts';
import { namesIn } from './folders.ts';
import { newId } from './ids.ts';
import { listDocuments, type Listing } from './scans.ts';
import { splitKind, type SplitDocument } from './schemas.ts';

/** @throws TesseraError `bad-setting` when a scan has two parts, `write-failed` */
export async function saveSplit(folder: string, name: string, parts: SplitDocument['parts'], author: string): Promise<SplitDocument> {
  const split = splitKind.schema.safeParse({ id: newId(), name, created: new Date().toISOString(), author, parts });
  if (!split.success) {
    throw new TesseraError('bad-setting', `The split is wrong: ${z.prettifyError(split.error).replace(/\s+/g, ' ')}.`, {
      advice: 'Give each scan one part, by its id.',
    });
  }
  await writeDocument(join(folder, `${split.data.id}.json`), splitKind, split.data);
  return split.data;
}

export async function listSplits(folder: string): Promise<Listing<SplitDocument>> {
  return listDocuments(await namesIn(folder), (name) => readDocument(join(folder, name), splitKind));
}
