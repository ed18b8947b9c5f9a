import { TesseraError } from '../../base/errors.ts';
import type { VoxelArray } from '../volume.ts';

export interface Datatype {
  readonly name: string;
  /** The code in the header field `datatype` (nifti1.h, NIFTI_TYPE_*). */
  readonly code: number;
  readonly bytes: 1 | 2 | 4 | 8;
  /** Voxels over a buffer of the machine's byte order. @throws TesseraError `unsupported-file` for whole numbers beyond 2^53. */
  readonly view: (buffer: ArrayBuffer, path: string) => VoxelArray;
}

const SUPPORTED: readonly Datatype[] = [
  { name: 'uint8', code: 2, bytes: 1, view: (b) => new Uint8Array(b) },
  { name: 'int16', code: 4, bytes: 2, view: (b) => new Int16Array(b) },
  { name: 'int32', code: 8, bytes: 4, view: (b) => new Int32Array(b) },
  { name: 'float32', code: 16, bytes: 4, view: (b) => new Float32Array(b) },
  { name: 'float64', code: 64, bytes: 8, view: (b) => new Float64Array(b) },
  { name: 'int8', code: 256, bytes: 1, view: (b) => new Int8Array(b) },
  { name: 'uint16', code: 512, bytes: 2, view: (b) => new Uint16Array(b) },
  { name: 'uint32', code: 768, bytes: 4, view: (b) => new Uint32Array(b) },
  { name: 'int64', code: 1024, bytes: 8, view: (b, path) => wideIntegers(b, true, path) },
  { name: 'uint64', code: 1280, bytes: 8, view: (b, path) => wideIntegers(b, false, path) },
];

const UNSUPPORTED: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers (complex64)',
  128: 'RGB colours',
  1536: '128-bit floats',
  1792: 'complex numbers (complex128)',
  2048: 'complex numbers (complex256)',
  2304: 'RGBA colours',
};

/**
 * The type of a datatype code.
 * @throws TesseraError `unsupported-file` for types that hold no single real number, `bad-file` for codes that do not exist.
 */
export function datatypeOf(code: number, path: string): Datatype {
  const found = SUPPORTED.find((type) => type.code === code);
  if (found !== undefined) return found;
  const known = UNSUPPORTED[code];
  if (known !== undefined) {
    throw new TesseraError('unsupported-file', `holds ${known}, not one real number a voxel.`, {
      subject: path,
      advice: 'Convert it to an integer or float type, for example its magnitude or grey value.',
    });
  }
  throw new TesseraError('bad-file', `has the unknown NIfTI datatype ${code}.`, { subject: path, advice: 'Export it again.' });
}

/** The type of a name such as 'int16'; undefined for one that holds no single real number. */
export function datatypeNamed(name: string): Datatype | undefined {
  return SUPPORTED.find((type) => type.name === name);
}

export function datatypeOfVoxels(voxels: VoxelArray): Datatype {
  const name = voxels.constructor.name.replace('Array', '').toLowerCase();
  const found = SUPPORTED.find((type) => type.name === name);
  if (found === undefined) throw new TypeError(`no NIfTI datatype for ${voxels.constructor.name}`);
  return found;
}

/** 64-bit integers become float64 in place: no second buffer, no BigInt per voxel. */
function wideIntegers(buffer: ArrayBuffer, signed: boolean, path: string): Float64Array {
  const low = new Uint32Array(buffer);
  const high = signed ? new Int32Array(buffer) : low;
  const values = new Float64Array(buffer);
  for (let i = 0; i < values.length; i++) {
    const value = (high[2 * i + 1] as number) * 4294967296 + (low[2 * i] as number);
    if (!Number.isSafeInteger(value)) {
      throw new TesseraError('unsupported-file', 'holds 64-bit integers beyond 2^53, which a float64 cannot hold exactly.', {
        subject: path,
        advice: 'Convert it to a smaller type.',
      });
    }
    values[i] = value;
  }
  return values;
}

/** Reverses the bytes of each element in place. */
export function swapBytes(buffer: ArrayBuffer, bytes: Datatype['bytes']): void {
  const view = Buffer.from(buffer);
  if (bytes === 2) view.swap16();
  else if (bytes === 4) view.swap32();
  else if (bytes === 8) view.swap64();
}
