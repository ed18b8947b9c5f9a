import { join } from 'node:path';
import { comments, NO_COMMENTS, type CommentsDocument } from './comments.ts';
import type { DocumentKind } from './documents.ts';
import { checkedId } from './ids.ts';
import { NO_TIMES, readingTimes, type ReadingTimesDocument } from './reading-times.ts';
import { SharedDocument } from './shared-document.ts';
import { NO_WORK, workList, type WorkListDocument } from './work-list.ts';

const workKind: DocumentKind<WorkListDocument> = { name: 'tessera-work', version: 1, schema: workList, migrations: {} };
const commentsKind: DocumentKind<CommentsDocument> = { name: 'tessera-comments', version: 1, schema: comments, migrations: {} };
const timesKind: DocumentKind<ReadingTimesDocument> = { name: 'tessera-reading-times', version: 1, schema: readingTimes, migrations: {} };

/** What readers leave in a workspace besides labels: who reads what, what they say about it, and how long it took. */
export class ReaderWork {
  readonly list: SharedDocument<WorkListDocument>;
  readonly #scans: string;
  readonly #guard: () => Promise<unknown>;
  readonly #comments = new Map<string, SharedDocument<CommentsDocument>>();
  readonly #times = new Map<string, SharedDocument<ReadingTimesDocument>>();

  /** @param guard throws where nothing may be written */
  constructor(folder: string, guard: () => Promise<unknown>) {
    this.list = new SharedDocument(join(folder, 'work.json'), workKind, NO_WORK, guard);
    this.#scans = join(folder, 'scans');
    this.#guard = guard;
  }

  /** Beside the scan, so that they go to the trash and come back with it. @throws TesseraError `not-found` for what is no id */
  comments(scan: string): SharedDocument<CommentsDocument> {
    const make = (): SharedDocument<CommentsDocument> =>
      new SharedDocument(this.#path(scan, 'comments.json'), commentsKind, NO_COMMENTS, this.#guard);
    return madeOnce(this.#comments, scan, make);
  }

  /** Beside the scan, too. @throws TesseraError `not-found` for what is no id */
  times(scan: string): SharedDocument<ReadingTimesDocument> {
    const make = (): SharedDocument<ReadingTimesDocument> =>
      new SharedDocument(this.#path(scan, 'reading-times.json'), timesKind, NO_TIMES, this.#guard);
    return madeOnce(this.#times, scan, make);
  }

  #path(scan: string, name: string): string {
    return join(this.#scans, checkedId(scan), name);
  }
}

/** One for each scan: what it does is done one after another. */
function madeOnce<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
