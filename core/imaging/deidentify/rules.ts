import { DECLARED_TAGS } from './declaration.ts';
import type { Dictionary } from './dictionary.ts';
import { isPrivate, TEXT_VRS } from './element.ts';
import { profileRows, type ProfileRow } from './profile-table.ts';

export interface ProfileOptions {
  /** Dates go back by a number of days that is the same for all of a patient; times of day stay. */
  readonly keepDatesShifted: boolean;
  /** Private attributes that PS3.15 calls safe stay. */
  readonly keepPrivateSafe: boolean;
  /** Descriptions stay with those of their words that are known to be harmless. */
  readonly cleanDescriptors: boolean;
}

/** What is done to an element. */
export type Action =
  | 'keep'
  | 'remove'
  | 'empty'
  | 'dummy'
  | 'uid'
  | 'shift'
  | 'clean'
  /** Patient's name and number, which become the pseudonym. */
  | 'pseudonym'
  /** Not in the dictionary, so nobody knows what it holds. */
  | 'remove-unknown'
  | 'remove-private'
  | 'remove-overlay';

const rows: ReadonlyMap<number, ProfileRow> = new Map(profileRows.map((row) => [row[0], row]));

const PATIENT_NAME = 0x00100010;
const PATIENT_ID = 0x00100020;
const CONTENT_SEQUENCE = 0x0040a730;
const GRAPHIC_ANNOTATIONS = 0x00700001;
/** Holds but UIDs, and scanners' enhanced objects must have it. */
const PERFORMED_STEPS = 0x00081111;

/** Encrypted originals, descriptions of private attributes, and what signatures need: of no use and no good in a de-identified object. */
const ALWAYS_REMOVED: ReadonlySet<number> = new Set([0x04000500, 0x00080300, 0x4ffe0001]);
/** Codes as long texts and URNs. */
const LONG_CODES: ReadonlySet<number> = new Set([0x00080119, 0x00080120]);
/** UIDs of kinds of things, not of things. */
const KIND_UIDS: ReadonlySet<number> = new Set([
  0x00080016, 0x0008001a, 0x0008001b, 0x0008010c, 0x00080117, 0x00080118, 0x0008010d, 0x00081150, 0x0008115a, 0x00081090, 0x00081196,
  0x00020002, 0x00020010, 0x00041510, 0x00041512, 0x00080062,
]);

const NUMBER_VRS: ReadonlySet<string> = new Set('AT FD FL OB OD OF OL OV OW SL SS SV UL US UV'.split(' '));

/**
 * What the profile says of an element: the row of table E.1-1, else a rule for its kind that errs on the side of taking away.
 * @param inText inside a content tree or annotations, where free text is what people wrote
 */
export function actionFor(tag: number, vr: string, options: ProfileOptions, dictionary: Dictionary, inText: boolean): Action {
  const group = tag >>> 16;
  if (isPrivate(tag)) return 'remove-private';
  // Lengths of groups, and what belongs to commands, file meta information and directories but not into an object.
  if ((tag & 0xffff) === 0 || group < 0x0008) return 'remove';
  if (group >= 0x5000 && group <= 0x50ff) return 'remove-overlay';
  if (group >= 0x6000 && group <= 0x60ff) return 'remove-overlay';
  if (tag === PATIENT_NAME || tag === PATIENT_ID) return 'pseudonym';
  const row = rows.get(tag);
  if (row !== undefined) return fromRow(row, vr, options);
  if (ALWAYS_REMOVED.has(tag) || DECLARED_TAGS.has(tag)) return 'remove';
  if (!dictionary.has(tag)) return 'remove-unknown';
  return fromKind(tag, vr, options, dictionary, inText);
}

function fromRow([tag, , action, option]: ProfileRow, vr: string, options: ProfileOptions): Action {
  if (option === 'date' && options.keepDatesShifted) return vr === 'TM' ? 'keep' : vr === 'SQ' ? 'remove' : 'shift';
  if (option === 'descriptor' && options.cleanDescriptors && TEXT_VRS.has(vr)) return 'clean';
  // Trees of content and annotations keep their form; their texts, names, dates and UIDs are replaced within.
  if (tag === CONTENT_SEQUENCE || tag === GRAPHIC_ANNOTATIONS || tag === PERFORMED_STEPS || action === 'X/Z/U*') return 'keep';
  if (vr === 'UI' && action !== 'X') return 'uid';
  // Of a compound code the last letter keeps every object valid, whichever type the attribute has in it.
  switch (action.slice(-1)) {
    case 'D':
      return vr !== 'SQ' ? 'dummy' : action.startsWith('X') ? 'remove' : 'empty';
    case 'Z':
      return 'empty';
    case 'U':
      return 'uid';
    default:
      return 'remove';
  }
}

function fromKind(tag: number, vr: string, { keepDatesShifted }: ProfileOptions, dictionary: Dictionary, inText: boolean): Action {
  switch (vr) {
    case 'UI':
      return isKindUid(tag) ? 'keep' : 'uid';
    case 'DA':
    case 'DT':
      return keepDatesShifted ? 'shift' : 'empty';
    case 'TM':
      return keepDatesShifted ? 'keep' : 'empty';
    case 'PN':
    case 'LT':
    case 'ST':
    case 'UT':
      return inText ? 'dummy' : 'empty';
    case 'AE':
    case 'UR':
      return LONG_CODES.has(tag) ? 'keep' : 'empty';
    case 'UN':
      // Numbers whose form depends on other attributes; texts and sequences were recognised before.
      return NUMBER_VRS.has(dictionary.get(tag)?.vr ?? '') ? 'keep' : 'remove-unknown';
    default:
      return 'keep';
  }
}

export const isKindUid = (tag: number): boolean => KIND_UIDS.has(tag);

/** Whether what lies in a sequence is content that people wrote. */
export const holdsText = (tag: number): boolean => tag === CONTENT_SEQUENCE || tag === GRAPHIC_ANNOTATIONS;

/** Whether an attribute is a description, whose text may be one that many have. */
export const isDescriptor = (tag: number): boolean => rows.get(tag)?.[3] === 'descriptor';

/** UIDs that name a single object or group of objects, whatever they look like. */
const INSTANCE_UIDS: ReadonlySet<number> = new Set([0x00080018, 0x0020000d, 0x0020000e, 0x00081155, 0x00020003]);

/** Whether a UID is one that DICOM itself gives out, the same for everyone. */
export const isWellKnownUid = (tag: number, uid: string): boolean => uid.startsWith('1.2.840.10008.') && !INSTANCE_UIDS.has(tag);

/** The keyword of a tag in the profile or dictionary, or its digits. */
export function attributeName(tag: number, dictionary: Dictionary): string {
  return rows.get(tag)?.[1] ?? dictionary.get(tag)?.keyword ?? tag.toString(16).padStart(8, '0');
}
