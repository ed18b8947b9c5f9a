import { TesseraError } from '../../base/errors.ts';
import { ActionLog } from './action-log.ts';
import { cleanDataSet, clearRepeats, type Cleaning } from './clean-data-set.ts';
import { declaration } from './declaration.ts';
import { readDicomObject, writeDicomObject, type DicomObject } from './dicom-object.ts';
import type { Dictionary } from './dictionary.ts';
import { isSequence, PIXEL_DATA_TAG, type DicomElement } from './element.ts';
import { Identifiers } from './identifiers.ts';
import { parseElements } from './parse-elements.ts';
import { pixelRisks, type PixelRisk } from './pixel-risk.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { isKindUid, type ProfileOptions } from './rules.ts';
import { contains } from './search.ts';
import { dummyTexts, textOf, valuesOf } from './value.ts';
import { leavesOf, survivors } from './verify.ts';

/** A de-identified object, ready to be written. */
export interface DeidentifiedObject {
  readonly bytes: Uint8Array;
  /** New identities. */
  readonly patient: string;
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly risks: readonly PixelRisk[];
  readonly log: ActionLog;
  /** Identifiers that were taken out, and searched for in `bytes`. */
  readonly identifiers: number;
}

const DIRECTORY = '1.2.840.10008.1.3.10';
const DOCUMENTS = '1.2.840.10008.5.1.4.1.1.104.';

/**
 * De-identifies one DICOM file by the Basic Application Level Confidentiality Profile (PS3.15 annex E) and proves it: what is returned was
 * searched for every identifier that was taken out. Pixel data are the same bytes.
 * @param bytes the whole file
 * @param path for messages
 * @returns undefined when it is no DICOM file
 * @throws TesseraError `bad-file` when it is damaged; `unsupported-file` when it is a directory or document, is encoded in an unknown way,
 *   or when an identifier would survive
 */
export function deidentifyObject(
  bytes: Uint8Array,
  path: string,
  options: ProfileOptions,
  pseudonyms: Pseudonyms,
  dictionary: Dictionary,
): DeidentifiedObject | undefined {
  const object = readDicomObject(bytes, path, dictionary);
  if (object === undefined) return undefined;
  const first = (tag: number): string => firstText(object.elements, tag);
  const sopClass = first(0x00080016) || firstText(object.meta, 0x00020002);
  refuseDocuments(sopClass, path);

  const study = first(0x0020000d);
  const patient = first(0x00100020) || first(0x00100010) || `study ${study}`;
  const cleaning: Cleaning = {
    options,
    dictionary,
    pseudonyms,
    pseudonym: pseudonyms.patient(patient),
    shiftDays: pseudonyms.shiftDays(patient),
    log: new ActionLog(),
    found: new Identifiers(),
    shifted: new Set(),
  };
  rememberHead(object, cleaning.found);
  const cleaned = withPatient(cleanDataSet(object.elements, cleaning), cleaning.pseudonym);
  cleaning.found.forgetHarmless(keptText(cleaned));
  cleaning.found.forgetUids(keptKinds(cleaned));
  const settled = [...clearRepeats(cleaned, repeatsIn(cleaning.found), cleaning), ...declaration(options)];

  const instance = firstText(settled, 0x00080018) || pseudonyms.uid(first(0x00080018) || `file ${pseudonyms.contentName(bytes)}`);
  const { file, inflated } = writeDicomObject(settled, object, sopClass, instance);
  verify(file, inflated, object, cleaning, path);
  return {
    bytes: file,
    patient: cleaning.pseudonym,
    study: pseudonyms.fileName(study),
    series: pseudonyms.fileName(first(0x0020000e)),
    instance: pseudonyms.fileName(instance),
    risks: pixelRisks(object.elements),
    log: cleaning.log,
    identifiers: cleaning.found.count,
  };
}

/** Directories name files and patients of others; documents are pictures and texts that no table can clean. */
function refuseDocuments(sopClass: string, path: string): void {
  const what = sopClass === DIRECTORY ? 'a directory of a medium' : sopClass.startsWith(DOCUMENTS) ? 'a document (PDF, CDA or model)' : '';
  if (what !== '')
    throw new TesseraError('unsupported-file', `is ${what}, which cannot be de-identified; it is left out.`, { subject: path });
}

/** Preamble and file meta information are written anew; what they said is searched for too. */
function rememberHead({ preamble, meta }: DicomObject, found: Identifiers): void {
  found.addBytes({ tag: 0, vr: 'UN', bytes: preamble });
  for (const element of meta) {
    if (isSequence(element)) continue;
    if (element.tag === 0x00020003 || element.tag === 0x00020100) found.addUid(textOf(element));
    else if (element.vr === 'AE') found.add(element, false);
    else if (element.vr === 'OB' && element.bytes.length > 2) found.addBytes(element);
  }
}

/** Whoever sorts by patient finds one, also where the file named none. */
function withPatient(elements: readonly DicomElement[], pseudonym: string): DicomElement[] {
  const missing = [
    { tag: 0x00100010, vr: 'PN' },
    { tag: 0x00100020, vr: 'LO' },
  ].filter(({ tag }) => !elements.some((element) => element.tag === tag));
  return [
    ...elements,
    ...missing.map((element) => ({ ...element, bytes: Buffer.from(pseudonym.padEnd(pseudonym.length + (pseudonym.length % 2))) })),
  ];
}

/** Everything that stays but pixels, a byte a character, in small letters. */
function keptText(elements: readonly DicomElement[]): string {
  const leaves = leavesOf(elements).filter(({ tag }) => tag !== PIXEL_DATA_TAG);
  return leaves.map(textOf).join('\n').toLowerCase();
}

/** UIDs that were not replaced. */
const keptKinds = (elements: readonly DicomElement[]): string[] =>
  leavesOf(elements).flatMap((leaf) => (leaf.vr === 'UI' && isKindUid(leaf.tag) ? valuesOf(leaf) : []));

/** Whether a text repeats a strong identifier. Most texts of a large object are the same few, so answers are kept. */
function repeatsIn({ strong, uids }: Identifiers): (text: string) => boolean {
  const known = new Map<string, boolean>();
  const identifiers = [...strong, ...uids];
  return (text) => {
    const answer = known.get(text) ?? identifiers.some((identifier) => contains(text.toLowerCase(), identifier));
    known.set(text, answer);
    return answer;
  };
}

function verify(file: Buffer, inflated: Buffer, { encoding, deflated }: DicomObject, cleaning: Cleaning, path: string): void {
  const { dictionary, found } = cleaning;
  const vrOf = (tag: number): string | undefined => dictionary.get(tag)?.vr;
  const start = headLength(inflated);
  const elements = parseElements(inflated.subarray(start), encoding, vrOf);
  const generated = generatedText(cleaning);
  const surviving =
    survivors(inflated, elements, found, generated) + (deflated ? survivors(file.subarray(0, start), [], found, generated) : 0);
  if (surviving > 0)
    throw new TesseraError(
      'unsupported-file',
      `would keep ${surviving} identifiers, in its pixel data or a field that must stay; it is left out.`,
      {
        subject: path,
        advice: 'Look at its header and at texts inside its compressed pixels.',
      },
    );
}

/** What was put in. A name that equals one of these words, or a date that equals a shifted one, cannot be told from it. */
function generatedText({ pseudonym, shifted, options }: Cleaning): string {
  const texts = [...leavesOf(declaration(options)).map(textOf), ...dummyTexts, ...shifted, pseudonym, 'TESSERA'];
  return texts.join('\n').toLowerCase();
}

/** Preamble, prefix and file meta information, whose length is its first element. */
const headLength = (bytes: Buffer): number => 144 + bytes.readUInt32LE(140);

function firstText(elements: readonly DicomElement[], tag: number): string {
  const element = elements.find((one) => one.tag === tag);
  return element === undefined || isSequence(element) ? '' : (valuesOf(element)[0] ?? '');
}
