import { EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE } from './transfer-syntax.ts';

/** Where the data set of a DICOM file begins and how it is encoded. */
export interface FileMeta {
  /** Byte of the first element after the file meta information. */
  readonly dataSetStart: number;
  readonly transferSyntax: string;
  /** False for a bare data set without preamble, as old programs and network dumps write them. */
  readonly part10: boolean;
}

const PREAMBLE = 128;
const LONG_VRS = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const VR = /^(AE|AS|AT|CS|DA|DS|DT|FL|FD|IS|LO|LT|OB|OD|OF|OL|OV|OW|PN|SH|SL|SQ|SS|ST|SV|TM|UC|UI|UL|UN|UR|US|UT|UV)$/;

/**
 * Tells a DICOM file by its first bytes (a few hundred are enough unless the file meta information is long).
 * @returns undefined when they are not the start of a DICOM file
 */
export function readFileMeta(bytes: Uint8Array): FileMeta | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasPreamble = buffer.length >= PREAMBLE + 4 && buffer.toString('latin1', PREAMBLE, PREAMBLE + 4) === 'DICM';
  const start = hasPreamble ? PREAMBLE + 4 : 0;
  if (!hasPreamble && guessEncoding(buffer, 0) === undefined) return undefined;

  let declared: string | undefined;
  let at = start;
  // Group 2 is always explicit little endian (PS3.10 7.1). Its stated length is often missing or wrong, so its elements are counted.
  while (at + 8 <= buffer.length && buffer.readUInt16LE(at) === 2) {
    const vr = buffer.toString('latin1', at + 4, at + 6);
    if (!VR.test(vr)) break;
    const long = LONG_VRS.has(vr);
    if (at + (long ? 12 : 8) > buffer.length) break;
    const length = long ? buffer.readUInt32LE(at + 8) : buffer.readUInt16LE(at + 6);
    const value = at + (long ? 12 : 8);
    if (buffer.readUInt16LE(at + 2) === 0x0010) declared = text(buffer, value, length);
    at = value + length;
  }
  if (at > buffer.length) return undefined;
  const guessed = guessEncoding(buffer, at);
  if (guessed === undefined && !hasPreamble) return undefined;
  return { dataSetStart: at, transferSyntax: believable(declared, guessed), part10: hasPreamble };
}

/** The declared syntax, unless the bytes contradict it: some programs write implicit data under an explicit name and the reverse. */
function believable(declared: string | undefined, guessed: string | undefined): string {
  if (declared === undefined || declared === '') return guessed ?? IMPLICIT_LITTLE;
  if (guessed === undefined || declared.endsWith('.1.2.1.99')) return declared;
  const explicit = declared !== IMPLICIT_LITTLE;
  if (explicit && guessed === IMPLICIT_LITTLE) return guessed;
  return !explicit && guessed === EXPLICIT_LITTLE ? guessed : declared;
}

/** The encoding of the data set that seems to begin at a byte, from its first element: a small group, then a known VR or not. */
function guessEncoding(buffer: Buffer, at: number): string | undefined {
  if (at + 8 > buffer.length) return undefined;
  const vr = VR.test(buffer.toString('latin1', at + 4, at + 6));
  const isFirstGroup = (group: number): boolean => group === 2 || group === 8;
  if (isFirstGroup(buffer.readUInt16LE(at))) {
    if (vr) return EXPLICIT_LITTLE;
    return buffer.readUInt32LE(at + 4) < 64 * 1024 ? IMPLICIT_LITTLE : undefined;
  }
  return vr && isFirstGroup(buffer.readUInt16BE(at)) ? EXPLICIT_BIG : undefined;
}

function text(buffer: Buffer, at: number, length: number): string {
  return buffer
    .toString('latin1', at, Math.min(at + length, buffer.length))
    .replace(/[\0 ]+$/, '')
    .trim();
}
