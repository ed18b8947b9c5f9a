import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';

// Who reads which scan, and how far that is: on disk, on the wire and in the page. Nothing here needs Node.

const id = z.string().regex(/^[0-9a-f]{8,64}$/);

/** A name that a person gives himself. There are no accounts: everything is on one machine. */
export const personName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, 'A name is one line of text.');

/** Who did something, and when (ISO 8601, UTC). */
export const deed = z.object({ by: z.string().max(300), time: z.iso.datetime() });
export type Deed = z.infer<typeof deed>;

export const workState = z.enum(['todo', 'working', 'submitted', 'returned', 'approved']);
export type WorkState = z.infer<typeof workState>;

/** What may follow each state. */
export const NEXT_STATES: Readonly<Record<WorkState, readonly WorkState[]>> = {
  todo: ['working'],
  working: ['todo', 'submitted'],
  submitted: ['working', 'returned', 'approved'],
  returned: ['working', 'submitted'],
  approved: ['submitted', 'returned'],
};

/** One scan for one reader. */
export const assignment = z.object({
  id,
  scan: id,
  reader: personName,
  state: workState,
  /** The reader's own layer, once there is one. */
  layer: id.exactOptional(),
  assigned: deed,
  /** Of the state. */
  changed: deed,
  /** It is kept, so that it can be brought back. */
  removed: deed.exactOptional(),
});
export type Assignment = z.infer<typeof assignment>;

export const MOST_ASSIGNMENTS = 50_000;

export const workList = z
  .object({ sequence: z.number().int().min(0), items: z.array(assignment).max(MOST_ASSIGNMENTS) })
  .refine(({ items }) => new Set(items.map((item) => item.id)).size === items.length, 'Two assignments have the same id.')
  .refine(({ items }) => new Set(items.map(keyOf)).size === items.length, 'A scan is assigned to a reader twice.');
export type WorkListDocument = z.infer<typeof workList>;

export const NO_WORK: WorkListDocument = { sequence: 0, items: [] };

/** Gives scans to readers. What was removed comes back as it was; what is there stays as it is. @param makeId for a new one */
export function assign(
  now: WorkListDocument,
  wanted: readonly { readonly scan: string; readonly reader: string }[],
  done: Deed,
  makeId: () => string,
): WorkListDocument {
  const known = new Map(now.items.map((item) => [keyOf(item), item]));
  const items = new Map(known);
  for (const pair of wanted) {
    const key = keyOf(pair);
    const before = items.get(key);
    if (before === undefined) items.set(key, { id: makeId(), ...pair, state: 'todo', assigned: done, changed: done });
    else if (before.removed !== undefined) items.set(key, present(before));
  }
  if (items.size > MOST_ASSIGNMENTS)
    throw new TesseraError('too-large', `A work list has ${MOST_ASSIGNMENTS} assignments at most.`, {
      subject: 'work list',
      advice: 'Assign fewer scans, or begin another workspace.',
    });
  return changedTo(now, [...items.values()]);
}

/** @throws TesseraError `not-found`, `bad-setting` when the state cannot follow that of one of them */
export function setState(now: WorkListDocument, ids: readonly string[], state: WorkState, done: Deed): WorkListDocument {
  return changeEach(now, ids, (item) => {
    if (item.state === state) return item;
    if (!NEXT_STATES[item.state].includes(state))
      throw new TesseraError('bad-setting', `What is ${item.state} cannot become ${state}.`, {
        subject: item.id,
        advice: `It can become ${NEXT_STATES[item.state].join(' or ')}.`,
      });
    return { ...item, state, changed: done };
  });
}

/** Notes which layer is the reader's own. @throws TesseraError `not-found` */
export function setLayer(now: WorkListDocument, id: string, layer: string): WorkListDocument {
  return changeEach(now, [id], (item) => (item.layer === layer ? item : { ...item, layer }));
}

/** @throws TesseraError `not-found` */
export function remove(now: WorkListDocument, ids: readonly string[], done: Deed): WorkListDocument {
  return changeEach(now, ids, (item) => (item.removed === undefined ? { ...item, removed: done } : item));
}

/** @throws TesseraError `not-found` */
export function bringBack(now: WorkListDocument, ids: readonly string[]): WorkListDocument {
  return changeEach(now, ids, (item) => (item.removed === undefined ? item : present(item)));
}

function changeEach(now: WorkListDocument, ids: readonly string[], change: (item: Assignment) => Assignment): WorkListDocument {
  const wanted = new Set(ids);
  const items = now.items.map((item) => {
    if (!wanted.delete(item.id)) return item;
    return change(item);
  });
  const [missing] = wanted;
  if (missing !== undefined)
    throw new TesseraError('not-found', 'There is no such assignment.', { subject: missing, advice: 'Read the work list anew.' });
  return changedTo(now, items);
}

/** The list itself where nothing is different. */
function changedTo(now: WorkListDocument, items: Assignment[]): WorkListDocument {
  const same = items.length === now.items.length && items.every((item, at) => item === now.items[at]);
  return same ? now : { ...now, items };
}

function present(item: Assignment): Assignment {
  const back = { ...item };
  delete back.removed;
  return back;
}

function keyOf({ scan, reader }: { readonly scan: string; readonly reader: string }): string {
  return `${scan} ${reader}`;
}
