import type { ActionLog } from './action-log.ts';
import { cleanDescriptor } from './clean-descriptor.ts';
import { shiftedDate } from './dates.ts';
import type { Dictionary } from './dictionary.ts';
import { isPrivate, isSequence, TEXT_VRS, type DicomElement, type LeafElement, type SequenceElement } from './element.ts';
import type { Identifiers } from './identifiers.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { actionFor, attributeName, holdsText, isDescriptor, isWellKnownUid, type Action, type ProfileOptions } from './rules.ts';
import { isSafePrivate } from './safe-private.ts';
import { dummyTexts, textOf, valuesOf, withDummy, withText } from './value.ts';

/** What cleaning a data set needs to know and where it writes down what it did. */
export interface Cleaning {
  readonly options: ProfileOptions;
  readonly dictionary: Dictionary;
  readonly pseudonyms: Pseudonyms;
  /** The patient's new name and number. */
  readonly pseudonym: string;
  readonly shiftDays: number;
  readonly log: ActionLog;
  /** Everything that was taken out. */
  readonly found: Identifiers;
  /** Shifted dates, which may by chance equal another one that was taken out. */
  readonly shifted: Set<string>;
}

/** The elements of a data set or item after the profile was applied, in sequences at every depth. */
export function cleanDataSet(elements: readonly DicomElement[], cleaning: Cleaning, inText = false): DicomElement[] {
  const keepsPrivate = safeElements(elements, cleaning.options);
  return elements.flatMap((element): DicomElement[] => {
    if (keepsPrivate.has(element)) {
      cleaning.log.add('keep-private', 'private');
      return [isSequence(element) ? cleanedSequence(element, cleaning, inText) : element];
    }
    const action = actionFor(element.tag, element.vr, cleaning.options, cleaning.dictionary, inText);
    if (action === 'keep') return [isSequence(element) ? cleanedSequence(element, cleaning, inText || holdsText(element.tag)) : element];
    return replaced(element, action, cleaning, inText);
  });
}

function cleanedSequence(element: SequenceElement, cleaning: Cleaning, inText: boolean): SequenceElement {
  return { ...element, items: element.items.map((item) => cleanDataSet(item, cleaning, inText)) };
}

function replaced(element: DicomElement, action: Exclude<Action, 'keep'>, cleaning: Cleaning, inText: boolean): DicomElement[] {
  const { found, log, dictionary } = cleaning;
  if (action === 'uid' && !isSequence(element)) return [replacedUids(element, cleaning)];
  if (isNameless(action)) {
    log.add(action, action.slice('remove-'.length));
    remember(element, found, true);
    return [];
  }
  const name = attributeName(element.tag, dictionary);
  log.add(action, name);
  remember(element, found, inText || isDescriptor(element.tag), name.includes('Identification'));
  if (isSequence(element)) return action === 'remove' ? [] : [{ ...element, items: [] }];
  const text = newText(element, action, cleaning);
  if (text !== undefined) return [withText(element, text)];
  if (action === 'dummy') return [withDummy(element)];
  return action === 'empty' ? [{ ...element, bytes: new Uint8Array(0) }] : [];
}

function newText(element: LeafElement, action: Action, { pseudonym, shiftDays, shifted }: Cleaning): string | undefined {
  if (action === 'pseudonym') return pseudonym;
  if (action === 'clean') return cleanDescriptor(textOf(element));
  if (action !== 'shift') return undefined;
  const dates = valuesOf(element).map((value) => shiftedDate(value, shiftDays));
  for (const date of dates) shifted.add(date).add(date.slice(0, 8));
  return dates.join('\\');
}

function replacedUids(element: LeafElement, { pseudonyms, found, log, dictionary }: Cleaning): LeafElement {
  const uids = valuesOf(element);
  const others = uids.map((uid) => (uid === '' || isWellKnownUid(element.tag, uid) ? uid : pseudonyms.uid(uid)));
  if (others.every((uid, i) => uid === uids[i])) return element;
  for (const [i, uid] of uids.entries()) if (others[i] !== uid) found.addUid(uid);
  log.add('uid', attributeName(element.tag, dictionary));
  return withText(element, others.join('\\'));
}

/** Keeps in mind what an element said. Bytes of no stated form may hold texts too. */
function remember(element: DicomElement, found: Identifiers, weak: boolean, codes = false): void {
  if (!isSequence(element) && /^(UN|OB)$/.test(element.vr)) found.addBytes(element);
  else found.add(element, weak, codes);
}

type Nameless = 'remove-private' | 'remove-unknown' | 'remove-overlay';

const isNameless = (action: Action): action is Nameless => action.startsWith('remove-');

/** The private elements of a data set that may stay, with those that reserve their blocks. */
function safeElements(elements: readonly DicomElement[], { keepPrivateSafe }: ProfileOptions): ReadonlySet<DicomElement> {
  const kept = new Set<DicomElement>();
  if (!keepPrivateSafe) return kept;
  const creators = new Map<number, LeafElement>();
  for (const element of elements) {
    if (!isPrivate(element.tag) || isSequence(element)) continue;
    const low = element.tag & 0xffff;
    if (low >= 0x10 && low <= 0xff) creators.set(blockOf(element.tag, low), element);
  }
  for (const element of elements) {
    if (!isPrivate(element.tag)) continue;
    const creator = creators.get(blockOf(element.tag, (element.tag & 0xffff) >>> 8));
    if (creator === undefined || creator === element || !isSafePrivate(textOf(creator), element.tag)) continue;
    kept.add(creator).add(element);
  }
  return kept;
}

const blockOf = (tag: number, block: number): number => (tag >>> 16) * 0x100 + block;

/**
 * A second look at the texts that stay: a value that repeats something that was taken out becomes a dummy. So a name in a field
 * where none belongs goes too.
 */
export function clearRepeats(elements: readonly DicomElement[], repeats: (text: string) => boolean, cleaning: Cleaning): DicomElement[] {
  return elements.map((element) => {
    if (isSequence(element)) return { ...element, items: element.items.map((item) => clearRepeats(item, repeats, cleaning)) };
    if (!mayRepeat(element)) return element;
    const values = valuesOf(element);
    const others = values.map((value) => (value !== '' && !dummyTexts.has(value) && repeats(value) ? 'REMOVED' : value));
    if (others.every((value, i) => value === values[i])) return element;
    cleaning.log.add('repeat', isPrivate(element.tag) ? 'private' : attributeName(element.tag, cleaning.dictionary));
    return withText(element, others.join('\\'));
  });
}

const PSEUDONYM_TAGS: ReadonlySet<number> = new Set([0x00100010, 0x00100020]);

/** Texts that stay; numbers and dates are none. */
export function mayRepeat({ tag, vr }: LeafElement): boolean {
  return !PSEUDONYM_TAGS.has(tag) && (TEXT_VRS.has(vr) || vr === 'CS' || vr === 'AE' || vr === 'UR') && tag !== 0x00080005;
}
