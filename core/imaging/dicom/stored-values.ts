import type { VoxelArray } from '../volume.ts';
import type { PixelFormat } from './image.ts';

export type StoredType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32';

/** Bytes of one pixel in the file; undefined for packings that scans do not use (1, 12, 24 or 64 bits). */
export function pixelBytes({ bitsAllocated }: PixelFormat): 1 | 2 | 4 | undefined {
  return bitsAllocated === 8 ? 1 : bitsAllocated === 16 ? 2 : bitsAllocated === 32 ? 4 : undefined;
}

/** The smallest element type that holds the values of all the formats. */
export function storedTypeOf(formats: readonly PixelFormat[]): StoredType {
  const bytes = Math.max(...formats.map((format) => pixelBytes(format) ?? 4));
  const signed = formats.some((format) => format.signed);
  // An unsigned 16-bit slice among signed ones needs the next larger type.
  const mixed = signed && formats.some((format) => !format.signed && format.bitsStored === 8 * bytes);
  return nameOf(mixed ? Math.min(4, 2 * bytes) : bytes, signed);
}

function nameOf(bytes: number, signed: boolean): StoredType {
  if (bytes === 1) return signed ? 'int8' : 'uint8';
  if (bytes === 2) return signed ? 'int16' : 'uint16';
  return signed ? 'int32' : 'uint32';
}

export function storedArray(type: StoredType, buffer: ArrayBuffer): VoxelArray {
  switch (type) {
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
  }
}

/** The element type of one file's pixels. */
export function typeOfFormat(format: PixelFormat): StoredType {
  return nameOf(pixelBytes(format) ?? 4, format.signed);
}

/**
 * Brings the bits of each pixel into place: those above the highest bit are dropped (old files keep overlays there), and for signed
 * pixels the highest bit is continued as their sign.
 */
export function settleBits(values: VoxelArray, { bitsAllocated, bitsStored, highBit }: PixelFormat): void {
  if (bitsStored === bitsAllocated) return;
  // Shifts work on 32 bits, so the pixel's highest bit is brought to the top and back; the array's type decides how the top bit counts.
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const signed = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  if (signed) for (let i = 0; i < values.length; i++) values[i] = ((values[i] as number) << up) >> down;
  else for (let i = 0; i < values.length; i++) values[i] = ((values[i] as number) << up) >>> down;
}
