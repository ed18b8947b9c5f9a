import { closeSync, openSync, readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { isTesseraError } from '../../base/errors.ts';
import { decodeApart } from '../decode-process.ts';
import { PIXEL_DATA } from '../dicom/data-set.ts';
import { codestreamSize, endsWithMarker } from '../dicom/codestream.ts';
import { readFileMeta } from '../dicom/file-meta.ts';
import { frameExtents, readExtents, readFully } from '../dicom/fragments.ts';
import type { DicomImage } from '../dicom/image.ts';
import { inflateDicom, type DicomHeader } from '../dicom/read-header.ts';
import { decodeRle } from '../dicom/rle.ts';
import { transferSyntaxOf, type TransferSyntax } from '../dicom/transfer-syntax.ts';
import { bad, type SegHeader } from './seg-header.ts';
import { forEachSetBit } from './seg-pixels.ts';

/** One frame: packed bits, or a number for each pixel. */
type FramePixels = { readonly bits: Uint8Array; readonly firstBit: number } | { readonly values: Uint8Array | Uint16Array };

/** The pixels of a segmentation's frames. Close it in the end. */
export interface SegPixels {
  /** Tells every pixel of a frame that is not 0, with its stored value. @throws TesseraError `bad-file` when the frame is damaged */
  forEach(frame: number, found: (pixel: number, value: number) => void): Promise<void>;
  close(): void;
}

/** @throws TesseraError `bad-file` when the file is cut short or packed in an unknown way */
export function openSegPixels(header: DicomHeader, seg: SegHeader, signal?: AbortSignal): SegPixels {
  const { path } = seg;
  const syntax = transferSyntaxOf(header.transferSyntax);
  if (syntax === undefined || header.pixelData === undefined) throw bad(path, 'has no pixels that can be read');
  const pixels = seg.columns * seg.rows;
  const image = imageOf(header, seg);
  const handle = openSync(path, 'r');
  try {
    const read = reader(header, seg, image, handle, syntax, signal);
    return {
      forEach: async (frame, found) => {
        const content = await read(frame);
        if ('bits' in content) forEachSetBit(content.bits, content.firstBit, pixels, (pixel) => found(pixel, 1));
        else content.values.forEach((value, pixel) => value !== 0 && found(pixel, value));
      },
      close: () => closeSync(handle),
    };
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

type Reader = (frame: number) => Promise<FramePixels>;

function reader(
  header: DicomHeader,
  seg: SegHeader,
  image: DicomImage,
  handle: number,
  syntax: TransferSyntax,
  signal: AbortSignal | undefined,
): Reader {
  if (syntax.packing === 'native') return nativeReader(header, seg, image, handle, syntax);
  if (image.pixels.length !== undefined) throw bad(seg.path, 'says that its pixels are compressed where they are not');
  const extents = frameExtents(handle, image);
  return async (frame) => unpacked(await unpack(readExtents(handle, extents[frame] ?? [], image), seg, syntax, signal), seg);
}

/** Bytes of one frame that is packed on its own. */
const frameBytes = ({ columns, rows, bitsAllocated }: SegHeader): number => Math.ceil((columns * rows * bitsAllocated) / 8);

function nativeReader(header: DicomHeader, seg: SegHeader, image: DicomImage, handle: number, syntax: TransferSyntax): Reader {
  const { path, bitsAllocated } = seg;
  const pixels = seg.columns * seg.rows;
  const { offset, length } = image.pixels;
  if (length === undefined) throw bad(path, 'says that its pixels are not compressed where they are');
  const needed = Math.ceil((pixels * seg.frames.length * bitsAllocated) / 8);
  if (length < needed) throw bad(path, `holds ${length} bytes of pixels instead of ${needed}`);
  let whole: Uint8Array | undefined;
  if (syntax.deflated) {
    whole = inflateDicom(path, readFileMeta(readFileSync(path))?.dataSetStart ?? 0).subarray(offset, offset + needed);
    if (whole.length < needed) throw bad(path, 'is cut short within its pixels');
  } else if (offset + needed > header.fileBytes) throw bad(path, 'is cut short within its pixels');
  const vr = header.dataSet.elements[PIXEL_DATA]?.vr;
  if (whole === undefined && syntax.bigEndian && (vr === 'OW' || bitsAllocated === 16)) {
    // Words of two bytes cross the borders of frames, so all are swapped at once.
    const bytes = Buffer.alloc(needed + (needed % 2));
    readFully(handle, bytes.subarray(0, Math.min(bytes.length, length)), offset, image);
    whole = bytes.swap16();
  }
  const stretch = (from: number, to: number): Uint8Array => {
    if (whole !== undefined) return whole.slice(from, to);
    const bytes = new Uint8Array(to - from);
    readFully(handle, bytes, offset + from, image);
    return bytes;
  };
  return (frame) => {
    const firstBit = frame * pixels * bitsAllocated;
    const bytes = stretch(Math.floor(firstBit / 8), Math.ceil((firstBit + pixels * bitsAllocated) / 8));
    return Promise.resolve(bitsAllocated === 1 ? { bits: bytes, firstBit: firstBit % 8 } : unpacked(bytes, seg));
  };
}

function unpacked(bytes: Uint8Array, { bitsAllocated, columns, rows }: SegHeader): FramePixels {
  if (bitsAllocated === 1) return bytes.length === columns * rows ? { values: bytes } : { bits: bytes, firstBit: 0 };
  if (bitsAllocated === 8) return { values: bytes.subarray(0, columns * rows) };
  // A copy begins at a place in memory that fits two-byte numbers.
  return { values: new Uint16Array(new Uint8Array(bytes).buffer, 0, columns * rows) };
}

async function unpack(packed: Uint8Array, seg: SegHeader, syntax: TransferSyntax, signal?: AbortSignal): Promise<Uint8Array> {
  const length = frameBytes(seg);
  try {
    switch (syntax.packing) {
      case 'native':
        return packed;
      case 'rle':
        // Single bits are packed eight to a byte first.
        return seg.bitsAllocated === 16 ? decodeRle(packed, length / 2, 2) : decodeRle(packed, length, 1);
      case 'deflated-frames': {
        const bytes = inflateRawSync(packed, { maxOutputLength: length + 1 });
        if (bytes.length < length) throw new Error(`${bytes.length} bytes instead of ${length}`);
        return bytes.subarray(0, length);
      }
      case 'jpeg':
      case 'jpeg-ls':
      case 'jpeg-2000':
      case 'htj2k': {
        const size = codestreamSize(packed);
        if (size?.columns !== seg.columns || size.rows !== seg.rows || size.samples !== 1 || size.bits > 16 || !endsWithMarker(packed))
          throw new Error('a picture of another size');
        const bitsAllocated = seg.bitsAllocated === 16 ? 16 : 8;
        const job = {
          coding: syntax.packing,
          columns: seg.columns,
          rows: seg.rows,
          bitsAllocated,
          bitsStored: size.bits,
          signed: false,
        } as const;
        return await decodeApart(job, packed, seg.path, signal);
      }
    }
  } catch (cause) {
    if (isTesseraError(cause)) throw cause;
    throw bad(seg.path, 'has damaged compressed pixels', cause);
  }
}

/** A segmentation as the functions that find frames in a file want it. */
function imageOf({ path, fileBytes, transferSyntax, pixelData }: DicomHeader, seg: SegHeader): DicomImage {
  return {
    path,
    fileBytes,
    sopClass: '',
    sopInstance: '',
    series: '',
    frameOfReference: seg.frameOfReference,
    modality: 'SEG',
    seriesNumber: undefined,
    description: '',
    imageType: [],
    instanceNumber: 0,
    pixels: {
      transferSyntax,
      columns: seg.columns,
      rows: seg.rows,
      frames: seg.frames.length,
      samples: 1,
      photometric: 'MONOCHROME2',
      bitsAllocated: seg.bitsAllocated,
      bitsStored: seg.bitsAllocated,
      highBit: seg.bitsAllocated - 1,
      signed: false,
      offset: pixelData?.offset ?? 0,
      length: pixelData?.length,
      lookupTable: false,
    },
  };
}
