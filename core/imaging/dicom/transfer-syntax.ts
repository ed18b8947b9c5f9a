/** How the pixels of a file are packed. */
export type PixelPacking = 'native' | 'rle' | 'deflated-frames' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly packing: PixelPacking;
  readonly bigEndian: boolean;
  readonly implicit: boolean;
  /** The whole data set after the file meta information is deflated (PS3.5 A.5). */
  readonly deflated: boolean;
  /** May have changed pixel values, so that they are no longer what the scanner made. */
  readonly lossy: boolean;
}

export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';

/** Every transfer syntax that can be read (PS3.6 table A-1). MPEG and JPEG XL are for moving and colour pictures and are refused. */
const known: readonly (readonly [uid: string, name: string, packing: PixelPacking, lossy?: 'lossy'])[] = [
  [IMPLICIT_LITTLE, 'implicit little endian', 'native'],
  [EXPLICIT_LITTLE, 'explicit little endian', 'native'],
  [DEFLATED, 'deflated explicit little endian', 'native'],
  [EXPLICIT_BIG, 'explicit big endian', 'native'],
  ['1.2.840.10008.1.2.5', 'RLE lossless', 'rle'],
  ['1.2.840.10008.1.2.8.1', 'deflated frames', 'deflated-frames'],
  ['1.2.840.10008.1.2.4.50', 'JPEG baseline', 'jpeg', 'lossy'],
  ['1.2.840.10008.1.2.4.51', 'JPEG extended', 'jpeg', 'lossy'],
  ['1.2.840.10008.1.2.4.53', 'JPEG spectral selection', 'jpeg', 'lossy'],
  ['1.2.840.10008.1.2.4.55', 'JPEG full progression', 'jpeg', 'lossy'],
  ['1.2.840.10008.1.2.4.57', 'JPEG lossless', 'jpeg'],
  ['1.2.840.10008.1.2.4.70', 'JPEG lossless, first-order prediction', 'jpeg'],
  ['1.2.840.10008.1.2.4.80', 'JPEG-LS lossless', 'jpeg-ls'],
  ['1.2.840.10008.1.2.4.81', 'JPEG-LS near-lossless', 'jpeg-ls', 'lossy'],
  ['1.2.840.10008.1.2.4.90', 'JPEG 2000 lossless', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000', 'lossy'],
  ['1.2.840.10008.1.2.4.92', 'JPEG 2000 multi-component lossless', 'jpeg-2000'],
  ['1.2.840.10008.1.2.4.93', 'JPEG 2000 multi-component', 'jpeg-2000', 'lossy'],
  ['1.2.840.10008.1.2.4.201', 'HTJ2K lossless', 'htj2k'],
  ['1.2.840.10008.1.2.4.202', 'HTJ2K lossless RPCL', 'htj2k'],
  ['1.2.840.10008.1.2.4.203', 'HTJ2K', 'htj2k', 'lossy'],
];

const byUid = new Map(
  known.map(([uid, name, packing, lossy]): [string, TransferSyntax] => [
    uid,
    {
      uid,
      name,
      packing,
      bigEndian: uid === EXPLICIT_BIG,
      implicit: uid === IMPLICIT_LITTLE,
      deflated: uid === DEFLATED,
      lossy: lossy !== undefined,
    },
  ]),
);

/** The transfer syntax of a UID, or undefined for one that cannot be read. */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return byUid.get(uid);
}
