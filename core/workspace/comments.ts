import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { deed, type Deed } from './work-list.ts';

// What readers say to each other about a scan, pinned to places in it: on disk, on the wire and in the page. Nothing here needs Node.

const id = z.string().regex(/^[0-9a-f]{8,64}$/);
const coordinate = z.number().min(-1e6).max(1e6);
export const commentText = z.string().trim().min(1).max(4000);

const reply = z.object({ id, text: commentText, said: deed });

export const comment = z.object({
  id,
  /** LPS millimetres. */
  point: z.tuple([coordinate, coordinate, coordinate]),
  /** The layer and the number of the segment that it is about, where it is about one. */
  layer: id.exactOptional(),
  segment: z.number().int().min(1).max(65535).exactOptional(),
  text: commentText,
  said: deed,
  replies: z.array(reply).max(500),
  resolved: deed.exactOptional(),
  /** It is kept, so that it can be brought back. */
  removed: deed.exactOptional(),
});
export type Comment = z.infer<typeof comment>;

export const MOST_COMMENTS = 2000;

export const comments = z
  .object({ sequence: z.number().int().min(0), items: z.array(comment).max(MOST_COMMENTS) })
  .refine(({ items }) => new Set(items.map((item) => item.id)).size === items.length, 'Two comments have the same id.');
export type CommentsDocument = z.infer<typeof comments>;

export const NO_COMMENTS: CommentsDocument = { sequence: 0, items: [] };

export type NewComment = Pick<Comment, 'id' | 'point' | 'layer' | 'segment' | 'text'>;

/** Adds a comment; the same id is added once. @throws TesseraError `too-large` */
export function addComment(now: CommentsDocument, given: NewComment, said: Deed): CommentsDocument {
  if (now.items.some((item) => item.id === given.id)) return now;
  if (now.items.length >= MOST_COMMENTS) throw tooMany(`A scan has ${MOST_COMMENTS} comments at most.`);
  return { ...now, items: [...now.items, { ...given, said, replies: [] }] };
}

/** Adds a reply; the same id is added once. @throws TesseraError `not-found`, `too-large` */
export function addReply(
  now: CommentsDocument,
  to: string,
  given: { readonly id: string; readonly text: string },
  said: Deed,
): CommentsDocument {
  return changeComment(now, to, (item) => {
    if (item.replies.some((other) => other.id === given.id)) return item;
    if (item.replies.length >= 500) throw tooMany('A comment has 500 replies at most.');
    return { ...item, replies: [...item.replies, { ...given, said }] };
  });
}

/** Marks a comment as resolved or removed, or takes the mark away. @throws TesseraError `not-found` */
export function markComment(now: CommentsDocument, id: string, mark: 'resolved' | 'removed', done: Deed | undefined): CommentsDocument {
  return changeComment(now, id, (item) => {
    if ((item[mark] === undefined) === (done === undefined)) return item;
    if (done !== undefined) return { ...item, [mark]: done };
    const back = { ...item };
    if (mark === 'resolved') delete back.resolved;
    else delete back.removed;
    return back;
  });
}

/** Comments that wait for somebody. */
export function openComments({ items }: CommentsDocument): number {
  return items.filter(({ resolved, removed }) => resolved === undefined && removed === undefined).length;
}

function changeComment(now: CommentsDocument, id: string, change: (item: Comment) => Comment): CommentsDocument {
  const at = now.items.findIndex((item) => item.id === id);
  const before = now.items[at];
  if (before === undefined)
    throw new TesseraError('not-found', 'There is no such comment.', { subject: id, advice: 'Read the comments anew.' });
  const after = change(before);
  return after === before ? now : { ...now, items: now.items.with(at, after) };
}

function tooMany(message: string): TesseraError {
  return new TesseraError('too-large', message, { subject: 'comments', advice: 'Remove some that are resolved, or talk.' });
}
