import { isHarmlessText } from './clean-descriptor.ts';
import { isSequence, LONG_TEXT_VRS, TEXT_VRS, type DicomElement, type LeafElement } from './element.ts';
import { textOf, valuesOf, dummyTexts } from './value.ts';

/** The shortest text that is searched for; shorter ones stand everywhere by chance. */
const SHORTEST_NAME = 3;
const SHORTEST_TEXT = 4;
const SHORTEST_DIGITS = 5;

const CODES: ReadonlySet<number> = new Set([0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x0008010b, 0x00080119, 0x00080120]);

/** Texts (a byte a character, in the file's own character set) that were taken out of a file and may not be in what is written. */
export class Identifiers {
  /** Names, numbers, dates and whatever else says who somebody is. */
  readonly strong = new Set<string>();
  /** Descriptions and private values: they may be equal to something harmless that stays. */
  readonly weak = new Set<string>();
  readonly uids = new Set<string>();

  get count(): number {
    return this.strong.size + this.weak.size + this.uids.size;
  }

  /**
   * An element that goes or is replaced.
   * @param weak its text may be harmless
   * @param codes codes within it name persons; elsewhere they name things that many have
   */
  add(element: DicomElement, weak: boolean, codes = false): void {
    if (isSequence(element)) {
      for (const item of element.items) for (const inner of item) if (codes || !CODES.has(inner.tag)) this.add(inner, weak, codes);
      return;
    }
    if (element.vr === 'UI') for (const uid of valuesOf(element)) this.addUid(uid);
    else if (element.vr === 'PN') for (const name of valuesOf(element)) this.addName(name);
    else if (/^(DA|TM|DT|AS)$/.test(element.vr)) for (const value of valuesOf(element)) this.addTime(element.vr, value);
    else if (TEXT_VRS.has(element.vr) || element.vr === 'AE' || LONG_TEXT_VRS.has(element.vr))
      for (const value of valuesOf(element)) this.addText(value, weak);
  }

  /** Bytes of no known form: what looks like writing in them. */
  addBytes(element: LeafElement): void {
    for (const run of textOf(element).match(/[\x20-\x7e\xa0-\xff]{6,}/g) ?? []) this.addText(run, true);
  }

  /** Descriptions and private values that also stand in something that stays by right are no identifiers. @param kept in small letters */
  forgetHarmless(kept: string): void {
    for (const text of this.weak) if (kept.includes(text.toLowerCase())) this.weak.delete(text);
  }

  /** UIDs that stay name kinds of things, such as the maker's code tables. */
  forgetUids(kept: readonly string[]): void {
    for (const uid of kept) this.uids.delete(uid);
  }

  addUid(uid: string): void {
    if (uid.length >= 6 && !isStandardUid(uid)) this.uids.add(uid);
  }

  private addName(name: string): void {
    this.addText(name, false);
    for (const part of name.split(/[=^]/)) if (part.trim().length >= SHORTEST_NAME && !isHarmlessText(part)) this.strong.add(part.trim());
  }

  private addTime(vr: string, value: string): void {
    const digits = value.replaceAll(/[.:]/g, '');
    if (digits.length < (vr === 'AS' ? 4 : 6) || /^0*$/.test(digits) || dummyTexts.has(value)) return;
    this.strong.add(value);
    if (vr === 'DT' && digits.length >= 8) this.strong.add(value.slice(0, 8));
  }

  private addText(value: string, weak: boolean): void {
    const text = value.trim();
    const least = /^\d+$/.test(text) ? SHORTEST_DIGITS : SHORTEST_TEXT;
    if (text.length < least || /^[0.]*$/.test(text) || dummyTexts.has(text) || isStandardUid(text) || isHarmlessText(text)) return;
    (weak ? this.weak : this.strong).add(text);
  }
}

/** A UID of the standard itself: classes, encodings, frames of atlases. */
const isStandardUid = (text: string): boolean => /^1\.2\.840\.10008\.[\d.]+$/.test(text);
