import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { TesseraError } from '../../base/errors.ts';
import { decodeApart } from '../decode-process.ts';
import type { PictureCoding } from '../decode-picture.ts';
import { codestreamSize, endsWithMarker } from './codestream.ts';
import { readFileMeta } from './file-meta.ts';
import { frameExtents, readExtents, readFully } from './fragments.ts';
import type { DicomImage } from './image.ts';
import { inflateDicom } from './read-header.ts';
import { decodeRle } from './rle.ts';
import { pixelBytes } from './stored-values.ts';
import { transferSyntaxOf, type TransferSyntax } from './transfer-syntax.ts';

/** The pixels of frames of one file. */
export interface FrameBytes {
  readonly syntax: TransferSyntax;
  /** Reads the bytes of a frame straight into place; only where they are stored as they are. */
  readonly readInto?: (index: number, bytes: Uint8Array) => void;
  /** The bytes of a frame, unpacked, in the file's byte order. Reads the file before it returns. */
  readonly read: (index: number) => Promise<Uint8Array>;
}

/** Bytes of one unpacked frame. */
export function frameLength({ pixels }: DicomImage): number {
  return pixels.columns * pixels.rows * (pixelBytes(pixels) ?? 0);
}

/**
 * Checks that the pixels of a file can be read, and that an uncompressed file is long enough, before memory is taken.
 * @throws TesseraError `unsupported-file`, `bad-file`
 */
export function checkPixels(image: DicomImage): TransferSyntax {
  const { pixels } = image;
  const syntax = transferSyntaxOf(pixels.transferSyntax);
  if (syntax === undefined)
    throw unsupported(image, `is packed in a way that cannot be read (transfer syntax ${safeUid(pixels.transferSyntax)})`);
  if (pixels.samples !== 1) throw unsupported(image, 'is in colour');
  if (/^PALETTE/.test(pixels.photometric)) throw unsupported(image, 'is coloured by a palette');
  if (pixels.lookupTable) throw unsupported(image, 'gives its values by a table (modality LUT) and not by slope and intercept');
  const bytes = pixelBytes(pixels);
  if (bytes === undefined) throw unsupported(image, `stores ${pixels.bitsAllocated} bits a pixel`);
  const compressed = syntax.packing !== 'native';
  if (compressed !== (pixels.length === undefined))
    throw bad(image, 'says that its pixels are compressed where they are not, or the reverse');
  if (compressed && bytes === 4 && syntax.packing !== 'rle') throw unsupported(image, 'stores compressed 32-bit pixels');
  if (compressed || syntax.deflated) return syntax;
  const needed = frameLength(image) * pixels.frames;
  if ((pixels.length ?? 0) < needed) throw bad(image, `holds ${pixels.length ?? 0} bytes of pixels instead of ${needed}`);
  if (pixels.offset + needed > image.fileBytes)
    throw bad(image, `is cut short: ${pixels.offset + needed - image.fileBytes} bytes of its pixels are missing`);
  return syntax;
}

/** @param handle the open file */
export function frameBytes(image: DicomImage, handle: number, signal?: AbortSignal): FrameBytes {
  const syntax = checkPixels(image);
  const length = frameLength(image);
  const { offset } = image.pixels;
  if (syntax.deflated) {
    const data = inflated(image);
    return { syntax, read: (index) => Promise.resolve(data.subarray(offset + index * length, offset + (index + 1) * length)) };
  }
  if (syntax.packing === 'native') {
    const readInto = (index: number, bytes: Uint8Array): void => readFully(handle, bytes, offset + index * length, image);
    const read = (index: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(length);
      readInto(index, bytes);
      return Promise.resolve(bytes);
    };
    return { syntax, read, readInto };
  }
  const extents = frameExtents(handle, image);
  return { syntax, read: (index) => unpack(readExtents(handle, extents[index] ?? [], image), image, syntax, signal) };
}

async function unpack(packed: Uint8Array, image: DicomImage, syntax: TransferSyntax, signal?: AbortSignal): Promise<Uint8Array> {
  const { pixels } = image;
  const length = frameLength(image);
  switch (syntax.packing) {
    case 'native':
      return packed;
    case 'rle':
      return guarded(image, () => decodeRle(packed, pixels.columns * pixels.rows, pixelBytes(pixels) ?? 1));
    case 'deflated-frames':
      return guarded(image, () => inflateRawSync(packed, { maxOutputLength: length + 1 }).subarray(0, length));
    case 'jpeg':
    case 'jpeg-ls':
    case 'jpeg-2000':
    case 'htj2k':
      return decodeCodestream(packed, image, syntax.packing, signal);
  }
}

function guarded(image: DicomImage, decode: () => Uint8Array): Uint8Array {
  try {
    const bytes = decode();
    if (bytes.length === frameLength(image)) return bytes;
  } catch (cause) {
    throw bad(image, 'has damaged compressed pixels', cause);
  }
  throw bad(image, 'has damaged compressed pixels');
}

/** The picture must have the size that the file's header has: nothing is decoded, and no memory taken, for another. */
async function decodeCodestream(packed: Uint8Array, image: DicomImage, coding: PictureCoding, signal?: AbortSignal): Promise<Uint8Array> {
  const { columns, rows, bitsAllocated, bitsStored, signed } = image.pixels;
  const size = codestreamSize(packed);
  if (size === undefined) throw bad(image, 'has damaged compressed pixels');
  if (size.columns !== columns || size.rows !== rows || size.samples !== 1 || size.bits > bitsAllocated) {
    const what = `${size.columns} × ${size.rows} pixels of ${size.samples} × ${size.bits} bits`;
    throw bad(image, `holds a compressed picture of ${what} under a header of ${columns} × ${rows} of ${bitsStored} bits`);
  }
  // The decoders fill what is missing with zeros and say nothing.
  if (!endsWithMarker(packed)) throw bad(image, 'holds compressed pixels that end too early');
  const job = {
    coding,
    columns,
    rows,
    bitsAllocated: bitsAllocated === 8 ? (8 as const) : (16 as const),
    // JPEG 2000 says itself whether its values are signed; some files' headers contradict it, and the bits are settled afterwards.
    bitsStored: size.signed === undefined ? bitsStored : size.bits,
    signed: size.signed ?? signed,
  };
  return decodeApart(job, packed, image.path, signal);
}

function inflated(image: DicomImage): Uint8Array {
  const start = readFileMeta(readFileSync(image.path))?.dataSetStart ?? 0;
  const data = inflateDicom(image.path, start);
  const needed = image.pixels.offset + frameLength(image) * image.pixels.frames;
  if (data.length < needed) throw bad(image, `is cut short: ${needed - data.length} bytes of its pixels are missing`);
  return data;
}

/** A file decides what it calls its transfer syntax; only a UID is printed. */
const safeUid = (uid: string): string => (/^[0-9.]{1,64}$/.test(uid) ? uid : 'unknown');

function unsupported({ path }: DicomImage, what: string): TesseraError {
  return new TesseraError('unsupported-file', `${what}.`, {
    subject: path,
    advice: 'Give grey images of a CT or MR series, or convert it.',
  });
}

function bad({ path }: DicomImage, what: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `${what}.`, { subject: path, advice: 'Copy or export it again.', cause });
}
