import { IMPLEMENTATION_CLASS_UID } from './uid.ts';
import { EXPLICIT_LITTLE } from '../dicom/transfer-syntax.ts';

/** Attributes by keyword (PS3.6), as they are written. Sequences are lists of data sets; an empty list is an empty value. */
export interface DicomAttributes {
  readonly [keyword: string]: DicomValue;
}
export type DicomValue = string | number | readonly string[] | readonly number[] | readonly DicomAttributes[];

/** Pixel data to be written: native bytes, or the frames of a compressed image. */
export interface PixelBytes {
  readonly vr: 'OB' | 'OW';
  readonly native?: Uint8Array;
  readonly frames?: readonly Uint8Array[];
}

/**
 * The bytes of a DICOM file (PS3.10) with these attributes, encoded by dcmjs. `SOPClassUID` and `SOPInstanceUID` go into the file meta
 * information too. Texts are UTF-8 (`SpecificCharacterSet` is set here).
 * @throws RangeError for an attribute that DICOM does not know, or with a value that is not finite: a mistake of the caller.
 */
export async function encodeDicom(attributes: DicomAttributes, pixels?: PixelBytes, transferSyntax = EXPLICIT_LITTLE): Promise<Uint8Array> {
  const { data, log } = await import('dcmjs');
  // It warns on the console, with values: patients' names must not get there.
  log.setLevel('silent');
  const { DicomDict, DicomMetaDictionary } = data;
  checkAttributes(attributes, DicomMetaDictionary.nameMap);
  const dictionary = new DicomDict({
    '00020001': { vr: 'OB', Value: [Uint8Array.of(0, 1).buffer] },
    '00020002': { vr: 'UI', Value: [attributes['SOPClassUID']] },
    '00020003': { vr: 'UI', Value: [attributes['SOPInstanceUID']] },
    '00020010': { vr: 'UI', Value: [transferSyntax] },
    '00020012': { vr: 'UI', Value: [IMPLEMENTATION_CLASS_UID] },
    '00020013': { vr: 'SH', Value: ['TESSERA'] },
  });
  const dict = DicomMetaDictionary.denaturalizeDataset({
    ...attributes,
    SpecificCharacterSet: 'ISO_IR 192',
    // Signed or unsigned as the pixels are; those of label maps are unsigned.
    _vrMap: { PixelPaddingValue: 'US' },
  });
  if (pixels !== undefined) {
    const frames = pixels.frames ?? [pixels.native ?? new Uint8Array(0)];
    dict['7FE00010'] = { vr: pixels.vr, Value: frames.map(evenBuffer) };
  }
  // Elements go into a file in rising order of their tags.
  dictionary.dict = Object.fromEntries(Object.entries(dict).sort(([a], [b]) => (a < b ? -1 : 1)));
  // A patient's name that is too long for DICOM is repeated as it is; dcmjs would throw an error with the name in it.
  return new Uint8Array(dictionary.write({ allowInvalidVRLength: true, fragmentMultiframe: false }));
}

/** A DICOM value has an even number of bytes. */
function evenBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length + (bytes.length % 2));
  copy.set(bytes);
  return copy.buffer;
}

/** dcmjs passes over keywords it does not know; a misspelt one would be missing from the file. */
function checkAttributes(attributes: DicomAttributes, known: Readonly<Record<string, { readonly vr: string } | undefined>>): void {
  for (const [keyword, value] of Object.entries(attributes)) {
    if (known[keyword] === undefined) throw new RangeError(`DICOM has no attribute ${keyword}`);
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof one === 'number' && !Number.isFinite(one)) throw new RangeError(`${keyword} is not finite`);
      if (typeof one === 'object' && one !== null) checkAttributes(one as DicomAttributes, known);
    }
  }
}

/** A number as a decimal string (DS): at most 16 characters, as exact as they allow. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('a decimal string must be finite');
  const plain = String(value === 0 ? 0 : value);
  if (plain.length <= 16) return plain;
  for (let digits = 16; digits > 0; digits--) {
    const fixed = Math.abs(value) >= 1e-4 && Math.abs(value) < 1e15;
    const text = fixed ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1);
    if (text.length <= 16) return text;
  }
  return '0';
}

/** Text of at most `length` characters, without what a DICOM text may not hold (backslashes part values, control characters). */
export function shortText(text: string, length: number): string {
  return [...text.replace(/[\u0000-\u001f\u007f\\]/g, ' ').trim()].slice(0, length).join('');
}

/** Date (DA) and time (TM) of now, in the time of this place. */
export function dicomNow(now = new Date()): { readonly date: string; readonly time: string } {
  const two = (n: number): string => String(n).padStart(2, '0');
  return {
    date: `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`,
    time: `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  };
}
