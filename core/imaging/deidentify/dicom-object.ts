import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { TesseraError } from '../../base/errors.ts';
import { readFileMeta } from '../dicom/file-meta.ts';
import { damagedHeader } from '../dicom/read-header.ts';
import { EXPLICIT_BIG, IMPLICIT_LITTLE, transferSyntaxOf } from '../dicom/transfer-syntax.ts';
import { IMPLEMENTATION_CLASS_UID } from '../segmentations/uid.ts';
import type { Dictionary } from './dictionary.ts';
import type { DicomElement, Encoding } from './element.ts';
import { parseElements } from './parse-elements.ts';
import { withText } from './value.ts';
import { writeElements } from './write-elements.ts';

/** A DICOM file in its parts. */
export interface DicomObject {
  readonly transferSyntax: string;
  readonly encoding: Encoding;
  readonly deflated: boolean;
  /** What stands before the file meta information; nothing in old files. */
  readonly preamble: Uint8Array;
  readonly meta: readonly DicomElement[];
  readonly elements: readonly DicomElement[];
}

const EXPLICIT: Encoding = { implicit: false, bigEndian: false };
const PREAMBLE = 128;
const LARGEST_INFLATED = 512 * 1024 ** 2;

/**
 * @returns undefined when the bytes are no DICOM file
 * @throws TesseraError `bad-file` when it is damaged, `unsupported-file` when its encoding is not known
 */
export function readDicomObject(bytes: Uint8Array, path: string, dictionary: Dictionary): DicomObject | undefined {
  const head = readFileMeta(bytes);
  if (head === undefined) return undefined;
  const { transferSyntax, dataSetStart, part10 } = head;
  const syntax = transferSyntaxOf(transferSyntax);
  // Whatever compresses pixels is explicit little endian around them (PS3.5 A.4), but for JPIP, whose pixels lie elsewhere.
  if (syntax === undefined && (!/^1\.2\.840\.10008\.1\.2\.[4-7](\.|$)/.test(transferSyntax) || /\.4\.9[45]$/.test(transferSyntax)))
    throw new TesseraError('unsupported-file', `is encoded in a way that is not known (transfer syntax ${transferSyntax}).`, {
      subject: path,
      advice: 'Export it uncompressed.',
    });
  const encoding = { implicit: transferSyntax === IMPLICIT_LITTLE, bigEndian: transferSyntax === EXPLICIT_BIG };
  const deflated = syntax?.deflated === true;
  const vrOf = (tag: number): string | undefined => dictionary.get(tag)?.vr;
  const start = part10 ? PREAMBLE + 4 : 0;
  try {
    const body = bytes.subarray(dataSetStart);
    const elements = parseElements(deflated ? inflateRawSync(body, { maxOutputLength: LARGEST_INFLATED }) : body, encoding, vrOf);
    const meta = parseElements(bytes.subarray(start, dataSetStart), EXPLICIT, vrOf);
    return { transferSyntax, encoding, deflated, preamble: bytes.subarray(0, part10 ? PREAMBLE : 0), meta, elements };
  } catch (cause) {
    throw damagedHeader(path, cause);
  }
}

/**
 * A DICOM file (PS3.10) with an empty preamble and file meta information that says nothing but what the object is.
 * @returns `file`, and `inflated`, the same before it was deflated
 */
export function writeDicomObject(
  elements: readonly DicomElement[],
  { encoding, transferSyntax, deflated }: DicomObject,
  sopClass: string,
  sopInstance: string,
): { readonly file: Buffer; readonly inflated: Buffer } {
  const text = (tag: number, vr: string, value: string): DicomElement => withText({ tag, vr, bytes: new Uint8Array(0) }, value);
  const meta = writeElements(
    [
      { tag: 0x00020001, vr: 'OB', bytes: Uint8Array.of(0, 1) },
      text(0x00020002, 'UI', sopClass),
      text(0x00020003, 'UI', sopInstance),
      text(0x00020010, 'UI', transferSyntax),
      text(0x00020012, 'UI', IMPLEMENTATION_CLASS_UID),
      text(0x00020013, 'SH', 'TESSERA'),
    ],
    EXPLICIT,
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const head = Buffer.concat([
    Buffer.alloc(PREAMBLE),
    Buffer.from('DICM'),
    writeElements([{ tag: 0x00020000, vr: 'UL', bytes: length }], EXPLICIT),
    meta,
  ]);
  const body = writeElements(elements, encoding);
  const inflated = Buffer.concat([head, body]);
  if (!deflated) return { file: inflated, inflated };
  const packed = deflateRawSync(body);
  return { file: Buffer.concat([head, packed, Buffer.alloc(packed.length % 2)]), inflated };
}
