/** A DICOM data element as it lies in a file: values are the file's own bytes, in its own byte order. Tags are group * 65536 + element. */
export type DicomElement = LeafElement | SequenceElement;

export interface LeafElement {
  readonly tag: number;
  readonly vr: string;
  readonly bytes: Uint8Array;
  /** Compressed pixel data: `bytes` are its items, from the offset table on, without the closing item. */
  readonly encapsulated?: true;
}

export interface SequenceElement {
  readonly tag: number;
  readonly vr: 'SQ';
  readonly items: readonly (readonly DicomElement[])[];
}

/** How a data set is encoded (PS3.5 section 7). */
export interface Encoding {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
}

export const isSequence = (element: DicomElement): element is SequenceElement => 'items' in element;

export const isPrivate = (tag: number): boolean => ((tag >>> 16) & 1) === 1;

/** Value representations whose length has 32 bits in explicit encodings (PS3.5 7.1.2). */
export const LONG_VRS: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

export const SHORT_VRS: ReadonlySet<string> = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));

/** Texts of people's language, in the character set of the data set. */
export const TEXT_VRS: ReadonlySet<string> = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

/** Texts of which a value may have several lines and backslashes do not part values. */
export const LONG_TEXT_VRS: ReadonlySet<string> = new Set(['LT', 'ST', 'UT', 'UR']);

export const PIXEL_DATA_TAG = 0x7fe00010;
