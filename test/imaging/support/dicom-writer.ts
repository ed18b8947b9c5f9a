import { deflateRawSync } from 'node:zlib';

/** A value of an element: text, 16-bit numbers, bytes, or items of a sequence. */
export type ElementValue = string | readonly number[] | Uint8Array | { readonly items: readonly DicomElements[] };
/** Elements by `ggggeeee` and VR, such as '00100010PN'. */
export type DicomElements = Readonly<Record<string, ElementValue>>;

export const EXPLICIT = '1.2.840.10008.1.2.1';

/** The elements of one CT slice, at z millimetres. */
export function ctSlice(z: number, more: DicomElements = {}, size = 4): DicomElements {
  return {
    '00080016UI': '1.2.840.10008.5.1.4.1.1.2',
    '00080018UI': `1.2.3.${String(Math.round(1000 * z + 100000))}`,
    '00080060CS': 'CT',
    '00100010PN': 'Secret^Patient',
    '0020000eUI': '1.2.3.4',
    '00200011IS': '7',
    '00200013IS': String(Math.round(z) + 1000),
    '00200032DS': `-10\\-20\\${z}`,
    '00200037DS': '1\\0\\0\\0\\1\\0',
    '00280002US': [1],
    '00280004CS': 'MONOCHROME2',
    '00280010US': [size],
    '00280011US': [size],
    '00280030DS': '0.5\\0.5',
    '00280100US': [16],
    '00280101US': [16],
    '00280102US': [15],
    '00280103US': [1],
    '00281052DS': '-1024',
    '00281053DS': '1',
    '7fe00010OW': new Uint8Array(Int16Array.from({ length: size * size }, (_, i) => i + Math.round(z)).buffer),
    ...more,
  };
}

const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

/** A DICOM file, little endian with explicit VRs; with `deflated` packed as transfer syntax 1.2.840.10008.1.2.1.99 wants it. */
export function dicomFile(elements: DicomElements, transferSyntax = EXPLICIT): Buffer {
  const meta = encode({ '00020010UI': transferSyntax });
  const data = encode(elements);
  const body = transferSyntax.endsWith('.1.99') ? deflateRawSync(data) : data;
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, body]);
}

/** Compressed pixel data: an empty offset table, then one fragment for each of the pieces. */
export function encapsulated(...pieces: readonly Uint8Array[]): { readonly fragments: Uint8Array } {
  const items = [new Uint8Array(0), ...pieces].map((piece) => {
    const padded = piece.length % 2 === 0 ? piece : Buffer.concat([piece, Buffer.alloc(1)]);
    return Buffer.concat([itemHead(0xe000, padded.length), padded]);
  });
  return { fragments: Buffer.concat([...items, itemHead(0xe0dd, 0)]) };
}

/** As {@link dicomFile} with pixel data in fragments. */
export function compressedFile(elements: DicomElements, transferSyntax: string, { fragments }: { readonly fragments: Uint8Array }): Buffer {
  const rest = Object.fromEntries(Object.entries(elements).filter(([name]) => !name.startsWith('7fe00010')));
  const head = Buffer.alloc(12);
  head.writeUInt16LE(0x7fe0, 0);
  head.writeUInt16LE(0x0010, 2);
  head.write('OB', 4, 'latin1');
  head.writeUInt32LE(0xffffffff, 8);
  return Buffer.concat([dicomFile(rest, transferSyntax), head, fragments]);
}

function encode(elements: DicomElements): Buffer {
  const sorted = Object.entries(elements).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.map(([name, value]) => element(name, value)));
}

function element(name: string, value: ElementValue): Buffer {
  const [group, number, vr] = [parseInt(name.slice(0, 4), 16), parseInt(name.slice(4, 8), 16), name.slice(8)];
  const bytes = valueBytes(value, vr);
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (LONG.has(vr)) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function valueBytes(value: ElementValue, vr: string): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' '), 'latin1');
  if (value instanceof Uint8Array) return value;
  if ('items' in value)
    return Buffer.concat(value.items.map((item) => Buffer.concat([itemHead(0xe000, encode(item).length), encode(item)])));
  const bytes = Buffer.alloc(2 * value.length);
  value.forEach((number, i) => (number < 0 ? bytes.writeInt16LE(number, 2 * i) : bytes.writeUInt16LE(number, 2 * i)));
  return bytes;
}

function itemHead(number: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(length, 4);
  return head;
}
