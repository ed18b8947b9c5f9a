import { LONG_VRS, isSequence, type DicomElement, type Encoding } from './element.ts';

const UNDEFINED = 0xffffffff;

/** Elements as bytes, in rising order of their tags. Values are written as they are, so `encoding` is that of the file they come from. */
export function writeElements(elements: readonly DicomElement[], encoding: Encoding): Buffer {
  const pieces: Uint8Array[] = [];
  writeInto(pieces, elements, encoding);
  return Buffer.concat(pieces);
}

function writeInto(pieces: Uint8Array[], elements: readonly DicomElement[], encoding: Encoding): void {
  for (const element of [...elements].sort((a, b) => a.tag - b.tag)) {
    if (isSequence(element)) {
      pieces.push(head(element.tag, 'SQ', UNDEFINED, encoding));
      for (const item of element.items) {
        pieces.push(mark(0xe000, UNDEFINED, encoding));
        writeInto(pieces, item, encoding);
        pieces.push(mark(0xe00d, 0, encoding));
      }
      pieces.push(mark(0xe0dd, 0, encoding));
    } else if (element.encapsulated === true) {
      pieces.push(head(element.tag, element.vr, UNDEFINED, encoding), element.bytes, mark(0xe0dd, 0, encoding));
    } else {
      pieces.push(head(element.tag, element.vr, element.bytes.length, encoding), element.bytes);
    }
  }
}

function head(tag: number, vr: string, length: number, { implicit, bigEndian }: Encoding): Buffer {
  // A value too long for the short form is written as unknown (PS3.5 6.2.2 note).
  const stated = !LONG_VRS.has(vr) && length > 0xffff ? 'UN' : vr;
  const long = implicit || LONG_VRS.has(stated);
  const bytes = Buffer.alloc(implicit || !long ? 8 : 12);
  writeTag(bytes, tag, bigEndian);
  if (!implicit) bytes.write(stated, 4, 'latin1');
  if (long) writeLength(bytes, length, bytes.length - 4, bigEndian);
  else if (bigEndian) bytes.writeUInt16BE(length, 6);
  else bytes.writeUInt16LE(length, 6);
  return bytes;
}

function mark(element: number, length: number, { bigEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(8);
  writeTag(bytes, 0xfffe0000 + element, bigEndian);
  writeLength(bytes, length, 4, bigEndian);
  return bytes;
}

function writeTag(bytes: Buffer, tag: number, bigEndian: boolean): void {
  const [group, element] = [tag >>> 16, tag & 0xffff];
  if (bigEndian) bytes.writeUInt16BE(element, bytes.writeUInt16BE(group, 0));
  else bytes.writeUInt16LE(element, bytes.writeUInt16LE(group, 0));
}

function writeLength(bytes: Buffer, length: number, at: number, bigEndian: boolean): void {
  if (bigEndian) bytes.writeUInt32BE(length, at);
  else bytes.writeUInt32LE(length, at);
}
