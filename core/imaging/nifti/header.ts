import { TesseraError } from '../../base/errors.ts';
import type { Affine, AffineRow } from '../affine.ts';
import type { Triple } from '../volume.ts';
import { describeContent } from './content.ts';

/** Bytes of a NIfTI-1 and a NIfTI-2 header (nifti1.h, nifti2.h). */
export const NIFTI1_BYTES = 348;
export const NIFTI2_BYTES = 540;

/** The header fields this reader uses, as they stand in the file. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Magic `n+`: voxels follow in the same file. Magic `ni`: they are in a file of their own. */
  readonly singleFile: boolean;
  /** dim[0..7]. */
  readonly dim: readonly number[];
  readonly datatype: number;
  readonly bitpix: number;
  /** pixdim[0..7]. */
  readonly pixdim: readonly number[];
  readonly voxOffset: number;
  readonly slope: number;
  readonly intercept: number;
  /** The space part of xyzt_units: 0 unknown, 1 metre, 2 millimetre, 3 micrometre. */
  readonly spaceUnit: number;
  readonly description: string;
  readonly intentCode: number;
  readonly intentName: string;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: Triple;
  readonly qoffset: Triple;
  readonly sform: Affine;
}

/**
 * How many bytes the header has, from its first {@link NIFTI1_BYTES}.
 * @throws TesseraError `bad-file` when this is no NIfTI file, `unsupported-file` for its predecessor Analyze 7.5.
 */
export function headerBytes(start: Uint8Array, path: string): typeof NIFTI1_BYTES | typeof NIFTI2_BYTES {
  const found = recognise(start, path);
  return found.version === 1 ? NIFTI1_BYTES : NIFTI2_BYTES;
}

function recognise(start: Uint8Array, path: string): { version: 1 | 2; littleEndian: boolean } {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  for (const littleEndian of [true, false]) {
    const size = start.byteLength < NIFTI1_BYTES ? 0 : view.getInt32(0, littleEndian);
    if (size === NIFTI1_BYTES) {
      const magic = text(start, 344, 4);
      if (magic === 'n+1' || magic === 'ni1') return { version: 1, littleEndian };
      if (magic === '') {
        throw new TesseraError('unsupported-file', 'is an Analyze 7.5 image, whose left and right are not defined.', {
          subject: path,
          advice: 'Convert it to NIfTI with a tool that knows how it was made.',
        });
      }
    }
    if (size === NIFTI2_BYTES && /^n[+i]2$/.test(text(start, 4, 4))) return { version: 2, littleEndian };
  }
  const content = describeContent(start);
  const reason =
    content ??
    (/^n[+i]1$/.test(text(start, 344, 4)) ? `its header size field is ${view.getInt32(0, true)}, not 348` : 'no NIfTI header was found');
  throw new TesseraError('bad-file', `is not a NIfTI file: ${reason}.`, {
    subject: path,
    advice: 'Choose a .nii or .nii.gz file, or export this one again as NIfTI.',
  });
}

/** Reads the fields of a whole header ({@link headerBytes} of them). @throws TesseraError as {@link headerBytes}. */
export function parseHeader(bytes: Uint8Array, path: string): NiftiHeader {
  const { version, littleEndian } = recognise(bytes, path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return version === 1 ? parseVersion1(bytes, view, littleEndian) : parseVersion2(bytes, view, littleEndian);
}

function parseVersion1(bytes: Uint8Array, view: DataView, littleEndian: boolean): NiftiHeader {
  const int16 = (at: number): number => view.getInt16(at, littleEndian);
  const float = (at: number): number => view.getFloat32(at, littleEndian);
  const row = (at: number): AffineRow => [float(at), float(at + 4), float(at + 8), float(at + 12)];
  return {
    version: 1,
    littleEndian,
    singleFile: text(bytes, 344, 4) === 'n+1',
    dim: eight((i) => int16(40 + 2 * i)),
    datatype: int16(70),
    bitpix: int16(72),
    pixdim: eight((i) => float(76 + 4 * i)),
    voxOffset: float(108),
    slope: float(112),
    intercept: float(116),
    spaceUnit: view.getUint8(123) & 7,
    description: text(bytes, 148, 80),
    intentCode: int16(68),
    intentName: text(bytes, 328, 16),
    qformCode: int16(252),
    sformCode: int16(254),
    quaternion: [float(256), float(260), float(264)],
    qoffset: [float(268), float(272), float(276)],
    sform: [row(280), row(296), row(312)],
  };
}

function parseVersion2(bytes: Uint8Array, view: DataView, littleEndian: boolean): NiftiHeader {
  const int32 = (at: number): number => view.getInt32(at, littleEndian);
  const int64 = (at: number): number => Number(view.getBigInt64(at, littleEndian));
  const float = (at: number): number => view.getFloat64(at, littleEndian);
  const row = (at: number): AffineRow => [float(at), float(at + 8), float(at + 16), float(at + 24)];
  return {
    version: 2,
    littleEndian,
    singleFile: text(bytes, 4, 3) === 'n+2',
    dim: eight((i) => int64(16 + 8 * i)),
    datatype: view.getInt16(12, littleEndian),
    bitpix: view.getInt16(14, littleEndian),
    pixdim: eight((i) => float(104 + 8 * i)),
    voxOffset: int64(168),
    slope: float(176),
    intercept: float(184),
    spaceUnit: int32(500) & 7,
    description: text(bytes, 240, 80),
    intentCode: int32(504),
    intentName: text(bytes, 508, 16),
    qformCode: int32(344),
    sformCode: int32(348),
    quaternion: [float(352), float(360), float(368)],
    qoffset: [float(376), float(384), float(392)],
    sform: [row(400), row(432), row(464)],
  };
}

const eight = (read: (i: number) => number): number[] => Array.from({ length: 8 }, (_, i) => read(i));

/** A field of characters up to its first zero byte. */
function text(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('latin1');
}
