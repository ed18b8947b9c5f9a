import { LONG_VRS, PIXEL_DATA_TAG, SHORT_VRS, isPrivate, type DicomElement, type Encoding } from './element.ts';

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const UNDEFINED = 0xffffffff;
/** Value representations whose bytes are the same in every encoding. */
const BYTE_TEXT_VRS: ReadonlySet<string> = new Set('AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' '));
/** Real objects nest a dozen deep; a hostile file would exhaust the stack. */
const DEEPEST = 64;

const IMPLICIT: Encoding = { implicit: true, bigEndian: false };

/**
 * Every element of a data set, sequences and their items too, to its last byte. Nothing is skipped or guessed, for what is not understood
 * could not be de-identified.
 * @param vrOf the value representation of a tag, for data sets that do not state it; undefined for an unknown one
 * @throws Error when the bytes are no data set or end within an element
 */
export function parseElements(bytes: Uint8Array, encoding: Encoding, vrOf: (tag: number) => string | undefined): DicomElement[] {
  return new Parser(bytes, vrOf).elements(encoding, bytes.length, 0, false);
}

class Parser {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly vrOf: (tag: number) => string | undefined;
  private at = 0;

  constructor(bytes: Uint8Array, vrOf: (tag: number) => string | undefined) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.vrOf = vrOf;
  }

  /** @param delimited ends with an item delimiter instead of at `end` */
  elements(encoding: Encoding, end: number, depth: number, delimited: boolean): DicomElement[] {
    if (depth > DEEPEST) throw new Error(`sequences are nested deeper than ${DEEPEST}`);
    const elements: DicomElement[] = [];
    while (this.at < end) {
      if (!delimited && this.onlyZeros(end)) break;
      const tag = this.tag(encoding);
      if (tag === ITEM_END && delimited) {
        this.length32(encoding);
        return elements;
      }
      if (tag >>> 16 === 0xfffe) throw new Error('an item stands where an element should');
      elements.push(this.element(tag, encoding, end, depth));
    }
    if (delimited) throw new Error('an item is not closed');
    if (this.at > end) throw new Error('an element reaches beyond its item');
    return elements;
  }

  private element(tag: number, encoding: Encoding, end: number, depth: number): DicomElement {
    const { vr, length } = encoding.implicit ? this.implicitHead(tag, encoding) : this.explicitHead(encoding);
    if (length === UNDEFINED) {
      if (tag === PIXEL_DATA_TAG) return this.encapsulated(tag, vr, end);
      // A sequence of unknown type is encoded implicitly, whatever the file is (PS3.5 6.2.2).
      return { tag, vr: 'SQ', items: this.items(vr === 'UN' && !encoding.implicit ? IMPLICIT : encoding, end, depth, true) };
    }
    const stop = this.at + length;
    if (stop > end) throw new Error('an element is longer than what is left of the file');
    if (vr === 'SQ') return { tag, vr, items: this.items(encoding, stop, depth, false) };
    const unknown = vr === 'UN' ? this.hiddenSequence(tag, encoding, stop, depth) : undefined;
    if (unknown !== undefined) return unknown;
    const value = this.bytes.subarray(this.at, stop);
    this.at = stop;
    return { tag, vr: vr === 'UN' ? this.hiddenText(tag) : vr, bytes: value };
  }

  /** A known sequence that was passed on by a program which did not know it. */
  private hiddenSequence(tag: number, encoding: Encoding, stop: number, depth: number): DicomElement | undefined {
    if (encoding.bigEndian || isPrivate(tag) || this.vrOf(tag) !== 'SQ') return undefined;
    return { tag, vr: 'SQ', items: this.items(IMPLICIT, stop, depth, false) };
  }

  /** Some programs write every text of an implicit file as unknown when they make it explicit. */
  private hiddenText(tag: number): string {
    const vr = this.vrOf(tag) ?? 'UN';
    return !isPrivate(tag) && BYTE_TEXT_VRS.has(vr) ? vr : 'UN';
  }

  private items(encoding: Encoding, end: number, depth: number, delimited: boolean): DicomElement[][] {
    const items: DicomElement[][] = [];
    while (this.at < end) {
      const tag = this.tag(encoding);
      const length = this.length32(encoding);
      if (tag === SEQUENCE_END && delimited) return items;
      if (tag !== ITEM) throw new Error('a sequence holds something else than items');
      const stop = length === UNDEFINED ? end : this.at + length;
      if (stop > end) throw new Error('an item is longer than its sequence');
      items.push(this.elements(encoding, stop, depth + 1, length === UNDEFINED));
    }
    if (delimited) throw new Error('a sequence is not closed');
    return items;
  }

  private encapsulated(tag: number, vr: string, end: number): DicomElement {
    const little: Encoding = { implicit: false, bigEndian: false };
    const start = this.at;
    while (this.at < end) {
      const stop = this.at;
      const item = this.tag(little);
      const length = this.length32(little);
      if (item === SEQUENCE_END) return { tag, vr, bytes: this.bytes.subarray(start, stop), encapsulated: true };
      if (item !== ITEM || this.at + length > end) throw new Error('compressed pixels are damaged or cut short');
      this.at += length;
    }
    // A file may end without the closing item (readers accept that too); what there is, is complete.
    return { tag, vr, bytes: this.bytes.subarray(start, this.at), encapsulated: true };
  }

  private implicitHead(tag: number, encoding: Encoding): { vr: string; length: number } {
    const length = this.length32(encoding);
    // The elements that reserve private blocks are all of one kind (PS3.5 7.8.1).
    const creator = isPrivate(tag) && (tag & 0xffff) >= 0x10 && (tag & 0xffff) <= 0xff;
    return { vr: creator ? 'LO' : (this.vrOf(tag) ?? 'UN'), length };
  }

  private explicitHead(encoding: Encoding): { vr: string; length: number } {
    this.need(4);
    const vr = String.fromCharCode(this.bytes[this.at] ?? 0, this.bytes[this.at + 1] ?? 0);
    this.at += 2;
    if (LONG_VRS.has(vr)) {
      this.at += 2;
      return { vr, length: this.length32(encoding) };
    }
    if (!SHORT_VRS.has(vr)) throw new Error('an element has no known value representation');
    const length = this.view.getUint16(this.at, !encoding.bigEndian);
    this.at += 2;
    return { vr, length };
  }

  private tag(encoding: Encoding): number {
    this.need(4);
    const little = !encoding.bigEndian;
    const tag = this.view.getUint16(this.at, little) * 0x10000 + this.view.getUint16(this.at + 2, little);
    this.at += 4;
    return tag;
  }

  private length32(encoding: Encoding): number {
    this.need(4);
    const length = this.view.getUint32(this.at, !encoding.bigEndian);
    this.at += 4;
    return length;
  }

  private need(bytes: number): void {
    if (this.at + bytes > this.bytes.length) throw new Error('the file ends within an element');
  }

  /** Files from tapes and some archives are filled up with zeros. */
  private onlyZeros(end: number): boolean {
    if (this.bytes[this.at] !== 0 || this.bytes[this.at + 1] !== 0) return false;
    for (let at = this.at; at < end; at++) if (this.bytes[at] !== 0) return false;
    this.at = end;
    return true;
  }
}
