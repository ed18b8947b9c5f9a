import { closeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { swapBytes } from '../nifti/datatypes.ts';
import type { VoxelArray } from '../volume.ts';
import { checkPixels, frameBytes, frameLength } from './frame-bytes.ts';
import type { DicomFrame, DicomImage } from './image.ts';
import { openFile } from './read-header.ts';
import { pixelBytes, settleBits, storedArray, storedTypeOf, typeOfFormat } from './stored-values.ts';
import { transferSyntaxOf } from './transfer-syntax.ts';

export interface DicomVoxels {
  readonly voxels: VoxelArray;
  readonly slope: number;
  readonly intercept: number;
  /** Whether slices had slopes or intercepts of their own, so that the voxels are physical values in float32. */
  readonly scaled: boolean;
}

/** Compressed pictures that are read ahead of their decoding. */
const MOST_UNDER_WAY = 24;

/**
 * The voxels of a volume, slice after slice, in the stored type. Uncompressed slices are read straight into place.
 * @param slices of one size
 * @throws TesseraError `unsupported-file` for pixels that are no grey values of 8, 16 or 32 bits, or of an unknown transfer syntax;
 * `bad-file` when a file is cut short or its pixels are damaged; `out-of-memory`; `cancelled`
 */
export async function readVoxels(slices: readonly DicomFrame[], signal?: AbortSignal): Promise<DicomVoxels> {
  const [first] = slices;
  if (first === undefined) throw new RangeError('a volume without slices');
  const images = [...new Set(slices.map(({ image }) => image))];
  for (const image of images) checkPixels(image);

  const sliceVoxels = first.columns * first.rows;
  const scaled = slices.some(({ slope, intercept }) => slope !== first.slope || intercept !== first.intercept);
  const type = storedTypeOf(images.map(({ pixels }) => pixels));
  const voxels = allocate(sliceVoxels * slices.length, scaled ? undefined : type, first.image.path);

  const targets = new Map<DicomImage, Target[]>(images.map((image) => [image, []]));
  for (const [k, frame] of slices.entries())
    targets.get(frame.image)?.push({ frame, to: voxels.subarray(k * sliceVoxels, (k + 1) * sliceVoxels), scaled });
  await readImages(targets, signal);
  return { voxels, slope: scaled ? 1 : first.slope, intercept: scaled ? 0 : first.intercept, scaled };
}

/** Bytes of voxels that {@link readVoxels} would take. */
export function voxelBytes(slices: readonly DicomFrame[]): number {
  const bytes = Math.max(...slices.map(({ image }) => pixelBytes(image.pixels) ?? 4));
  return (slices[0]?.columns ?? 0) * (slices[0]?.rows ?? 0) * slices.length * bytes;
}

/** Where a slice goes. */
interface Target {
  readonly frame: DicomFrame;
  readonly to: VoxelArray;
  readonly scaled: boolean;
}

async function readImages(images: ReadonlyMap<DicomImage, readonly Target[]>, signal: AbortSignal | undefined): Promise<void> {
  // Pictures are read while earlier ones are decoded in another process.
  const underWay: Promise<void>[] = [];
  try {
    for (const [image, targets] of images) {
      if (signal !== undefined) await setImmediate();
      if (signal?.aborted === true) throw isTesseraError(signal.reason) ? signal.reason : cancelled();
      const handle = openFile(image.path);
      try {
        const source = frameBytes(image, handle, signal);
        for (const [index, group] of byFrame(targets)) {
          const [target] = group;
          if (target !== undefined && source.readInto !== undefined && !source.syntax.bigEndian && isPlain(target)) {
            const { buffer, byteOffset, byteLength } = target.to;
            source.readInto(index, new Uint8Array(buffer, byteOffset, byteLength));
            settleBits(target.to, image.pixels);
            continue;
          }
          const work = source.read(index).then((bytes) => place(bytes, image, group));
          // Whoever awaits it below meets the error; until then it must not count as unhandled.
          work.catch(() => undefined);
          underWay.push(work);
          if (underWay.length >= MOST_UNDER_WAY) await underWay.shift();
        }
      } finally {
        closeSync(handle);
      }
    }
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

function byFrame(targets: readonly Target[]): ReadonlyMap<number, Target[]> {
  const frames = new Map<number, Target[]>();
  for (const target of targets) {
    const group = frames.get(target.frame.index);
    if (group === undefined) frames.set(target.frame.index, [target]);
    else group.push(target);
  }
  return frames;
}

/** Whether a slice is a whole frame whose bytes are its voxels. */
function isPlain({ frame, to, scaled }: Target): boolean {
  const plainType = storedArray(typeOfFormat(frame.image.pixels), new ArrayBuffer(0)).constructor === to.constructor;
  return frame.tile === undefined && !scaled && plainType;
}

/** Settles the bytes of a frame and copies its slices into their places. */
function place(bytes: Uint8Array, image: DicomImage, targets: readonly Target[]): void {
  const { pixels } = image;
  // A copy begins at a place in memory that fits every element type.
  const { buffer } = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== frameLength(image)) throw new RangeError('a frame of the wrong length');
  if (transferSyntaxOf(pixels.transferSyntax)?.bigEndian === true) swapBytes(buffer, pixelBytes(pixels) ?? 1);
  const values = storedArray(typeOfFormat(pixels), buffer);
  settleBits(values, pixels);
  for (const { frame, to, scaled } of targets) {
    copyTile(values, pixels.columns, frame, to);
    if (!scaled) continue;
    for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) * frame.slope + frame.intercept;
  }
}

function copyTile(values: VoxelArray, stride: number, { tile, columns, rows }: DicomFrame, to: VoxelArray): void {
  if (tile === undefined) {
    to.set(values);
    return;
  }
  const [column, row] = tile;
  for (let j = 0; j < rows; j++) {
    const start = column + (row + j) * stride;
    to.set(values.subarray(start, start + columns), j * columns);
  }
}

function allocate(length: number, type: ReturnType<typeof storedTypeOf> | undefined, subject: string): VoxelArray {
  try {
    if (type === undefined) return new Float32Array(length);
    const { BYTES_PER_ELEMENT } = storedArray(type, new ArrayBuffer(0));
    return storedArray(type, new ArrayBuffer(length * BYTES_PER_ELEMENT));
  } catch (cause) {
    throw new TesseraError('out-of-memory', 'needs more memory for its voxels than is there.', {
      subject,
      advice: 'Close other programs, or crop or downsample the scan.',
      cause,
    });
  }
}
