import { addComment, addReply, markComment, noteSitting, type CommentsDocument, type Deed, type Workspace } from '../../workspace/index.ts';
import type { CommentListing, CommentMark, NewComment, NewReply, SittingRequest, TimesListing } from '../api/work.ts';
import type { EventLog } from '../event-log.ts';
import type { Library } from '../library/library.ts';
import { deedOf } from './deed.ts';

/** What readers say about a scan, and how long they were at it. */
export class Remarks {
  readonly #workspace: Workspace;
  readonly #library: Library;
  readonly #events: EventLog;

  constructor(workspace: Workspace, library: Library, events: EventLog) {
    this.#workspace = workspace;
    this.#library = library;
    this.#events = events;
  }

  /** @throws TesseraError `not-found`, `bad-file` */
  async comments(scan: string): Promise<CommentListing> {
    await this.#library.document(scan);
    return listing(await this.#workspace.readerWork.comments(scan).read());
  }

  /** @throws TesseraError `not-found`, `too-large`, `write-failed`, `read-only` */
  add(scan: string, { author, ...given }: NewComment): Promise<CommentListing> {
    return this.#change(scan, given.id, 'comment-made', undefined, author, (now, said) => addComment(now, given, said));
  }

  reply(scan: string, comment: string, { author, id, text }: NewReply): Promise<CommentListing> {
    return this.#change(scan, comment, 'comment-answered', undefined, author, (now, said) => addReply(now, comment, { id, text }, said));
  }

  /** Resolves or removes, or takes that back. @throws TesseraError `conflict`, `not-found`, `write-failed`, `read-only` */
  mark(scan: string, comment: string, { after, author, mark, set }: CommentMark): Promise<CommentListing> {
    const what = mark === 'resolved' ? (set ? 'comment-resolved' : 'comment-reopened') : set ? 'comment-removed' : 'comment-restored';
    return this.#change(scan, comment, what, after, author, (now, done) => markComment(now, comment, mark, set ? done : undefined));
  }

  async times(scan: string): Promise<TimesListing> {
    await this.#library.document(scan);
    const { sittings } = await this.#workspace.readerWork.times(scan).read();
    return { sittings };
  }

  /** @throws TesseraError `not-found`, `bad-setting`, `too-large`, `write-failed`, `read-only` */
  async noteTime(scan: string, given: SittingRequest): Promise<TimesListing> {
    await this.#library.document(scan);
    const time = new Date().toISOString();
    const { sittings } = await this.#workspace.readerWork.times(scan).change(undefined, (now) => noteSitting(now, given, time));
    return { sittings };
  }

  async #change(
    scan: string,
    comment: string,
    what: string,
    after: number | undefined,
    author: string | undefined,
    make: (now: CommentsDocument, done: Deed) => CommentsDocument,
  ): Promise<CommentListing> {
    await this.#library.document(scan);
    const done = deedOf(this.#workspace, author);
    let before = -1;
    const now = await this.#workspace.readerWork.comments(scan).change(
      after,
      (list) => {
        before = list.sequence;
        return make(list, done);
      },
      () => this.#workspace.audit(what, { scan, comment, by: done.by }),
    );
    if (now.sequence !== before) this.#events.publish('comments-changed', { scan, sequence: now.sequence });
    return listing(now);
  }
}

function listing({ sequence, items }: CommentsDocument): CommentListing {
  return { sequence, items };
}
