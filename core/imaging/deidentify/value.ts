import { LONG_TEXT_VRS, type LeafElement } from './element.ts';

/** The text of a value, a byte a character, without padding. */
export function textOf({ bytes }: LeafElement): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/[\0 ]+$/, '');
}

/** The values of a text, parted by backslashes where they part values. */
export function valuesOf(element: LeafElement): string[] {
  const text = textOf(element);
  return LONG_TEXT_VRS.has(element.vr) ? [text] : text.split('\\').map((value) => value.trim());
}

/** An element with a text (a byte a character) for its value, padded to an even length. */
export function withText({ tag, vr }: LeafElement, text: string): LeafElement {
  const padding = text.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
  return { tag, vr, bytes: Buffer.from(text + padding, 'latin1') };
}

/** Values that stand in for removed ones where an object must have some (action D), each right for its value representation. */
const DUMMIES: Readonly<Record<string, string>> = {
  AE: 'REMOVED',
  AS: '000Y',
  CS: 'REMOVED',
  DA: '19000101',
  DS: '0',
  DT: '19000101000000',
  IS: '0',
  LO: 'REMOVED',
  LT: 'REMOVED',
  PN: 'ANONYMOUS',
  SH: 'REMOVED',
  ST: 'REMOVED',
  TM: '000000',
  UC: 'REMOVED',
  UT: 'REMOVED',
};

export const dummyTexts: ReadonlySet<string> = new Set(Object.values(DUMMIES));

/** An element with a dummy value; numbers become one 0, bytes nothing. */
export function withDummy(element: LeafElement): LeafElement {
  const { tag, vr } = element;
  const text = DUMMIES[vr];
  if (text !== undefined) return withText(element, text);
  const size = /^(FD|SV|UV|OD|OV)$/.test(vr) ? 8 : /^(FL|SL|UL|AT|OF|OL)$/.test(vr) ? 4 : /^(SS|US)$/.test(vr) ? 2 : 0;
  return { tag, vr, bytes: new Uint8Array(size) };
}
