import { closeSync, openSync, readFileSync, readSync, statSync, type Stats } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { TesseraError } from '../../base/errors.ts';
import { USUAL_COMPRESSION } from '../scan-file.ts';
import { parseDataSet, PIXEL_DATA, type DataSet } from './data-set.ts';
import { readFileMeta, type FileMeta } from './file-meta.ts';
import { EXPLICIT_LITTLE, transferSyntaxOf } from './transfer-syntax.ts';

/** The elements of a DICOM file before its pixel data. */
export interface DicomHeader {
  readonly path: string;
  readonly fileBytes: number;
  /** UID as declared, corrected where the bytes contradict it. */
  readonly transferSyntax: string;
  readonly part10: boolean;
  readonly dataSet: DataSet;
  /** Where the pixel data begin in the file (in the inflated file, where it is deflated), and their length unless they are in fragments. */
  readonly pixelData?: { readonly offset: number; readonly length: number | undefined };
}

const FIRST_BYTES = 16 * 1024;
/** Headers of enhanced scans with thousands of frames have some megabytes; more than this is no header. */
const LARGEST_HEADER = 64 * 1024 ** 2;
/** What a deflated file may unpack to; they are rare and hold documents or few slices. */
const LARGEST_INFLATED = 512 * 1024 ** 2;

/**
 * Reads the elements before the pixel data, which is never loaded. Reads 16 KB and more only when the header is longer.
 * @returns undefined when the file is no DICOM file
 * @throws TesseraError `not-found`; `bad-file` when it may not be read, or is DICOM but damaged
 */
export function readDicomHeader(path: string): DicomHeader | undefined {
  const status = statusOf(path);
  if (!status.isFile() || status.size < 16) return undefined;
  const handle = openFile(path);
  try {
    let bytes = readStart(handle, Math.min(FIRST_BYTES, status.size));
    for (;;) {
      const whole = bytes.length >= Math.min(status.size, LARGEST_HEADER);
      const meta = readFileMeta(bytes);
      if (meta === undefined) return undefined;
      if (transferSyntaxOf(meta.transferSyntax)?.deflated === true) return inflatedHeader(path, status.size, meta);
      try {
        const dataSet = parseDataSet(bytes.subarray(meta.dataSetStart), meta.transferSyntax);
        // A sequence of unknown length that runs into the end of the bytes counts as complete to dicom-parser.
        if (whole || dataSet.elements[PIXEL_DATA] !== undefined) return header(path, status.size, meta, dataSet);
      } catch (cause) {
        if (whole) throw damagedHeader(path, cause);
      }
      bytes = readStart(handle, Math.min(bytes.length * 8, status.size, LARGEST_HEADER));
    }
  } finally {
    closeSync(handle);
  }
}

/** A deflated file, unpacked. @throws TesseraError `bad-file` when it is damaged or unpacks to more than {@link LARGEST_INFLATED}. */
export function inflateDicom(path: string, dataSetStart: number): Uint8Array {
  const size = statusOf(path).size;
  try {
    if (size > LARGEST_INFLATED) throw new Error(`${size} bytes`);
    const most = Math.min(LARGEST_INFLATED, USUAL_COMPRESSION * size + 16 * 1024 ** 2);
    return inflateRawSync(readFileSync(path).subarray(dataSetStart), { maxOutputLength: most });
  } catch (cause) {
    throw new TesseraError('bad-file', 'is a deflated DICOM file that is damaged or unpacks too far.', {
      subject: path,
      advice: 'Export it uncompressed.',
      cause,
    });
  }
}

function inflatedHeader(path: string, fileBytes: number, meta: FileMeta): DicomHeader {
  const bytes = inflateDicom(path, meta.dataSetStart);
  try {
    return header(path, fileBytes, { ...meta, dataSetStart: 0 }, parseDataSet(bytes, EXPLICIT_LITTLE));
  } catch (cause) {
    throw damagedHeader(path, cause);
  }
}

function header(path: string, fileBytes: number, meta: FileMeta, dataSet: DataSet): DicomHeader {
  const pixels = dataSet.elements[PIXEL_DATA];
  const { transferSyntax, part10 } = meta;
  if (pixels === undefined) return { path, fileBytes, transferSyntax, part10, dataSet };
  const length = pixels.hadUndefinedLength === true ? undefined : pixels.length;
  return { path, fileBytes, transferSyntax, part10, dataSet, pixelData: { offset: meta.dataSetStart + pixels.dataOffset, length } };
}

function readStart(handle: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const read = readSync(handle, bytes, done, length - done, done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

function statusOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** @throws TesseraError `not-found` or `bad-file` */
export function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What the system says when a file cannot be opened or read. */
export function unreadable(path: string, cause: unknown): TesseraError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause })
    : new TesseraError('bad-file', `cannot be read (${String(code ?? cause)}).`, {
        subject: path,
        advice: 'Check who may read it.',
        cause,
      });
}

export function damagedHeader(path: string, cause: unknown): TesseraError {
  return new TesseraError('bad-file', 'is a damaged DICOM file: its header cannot be read.', {
    subject: path,
    advice: 'Copy or export it again.',
    cause,
  });
}
