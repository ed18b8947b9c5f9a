import { readSync } from 'node:fs';
import { TesseraError } from '../../base/errors.ts';
import type { DicomImage } from './image.ts';
import { unreadable } from './read-header.ts';

/** A stretch of bytes in a file. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

const ITEM = 0xe000fffe;
const SEQUENCE_END = 0xe0ddfffe;

/**
 * Where the bytes of each compressed frame lie (PS3.5 A.4): frames are cut into fragments; which belong together follows from their
 * number, the offset table, or, where both fail, from where a picture begins.
 * @throws TesseraError `bad-file` when the fragments are cut short or do not make up the frames
 */
export function frameExtents(handle: number, image: DicomImage): readonly (readonly Extent[])[] {
  const { table, fragments } = readFragments(handle, image);
  const { frames } = image.pixels;
  if (frames === 1) return [fragments];
  if (fragments.length === frames) return fragments.map((fragment) => [fragment]);
  const base = (fragments[0]?.offset ?? 0) - 8;
  const starts = new Set(
    table.length === frames ? table.map((offset) => base + offset + 8) : fragments.filter(beginsPicture(handle)).map((f) => f.offset),
  );
  const groups: Extent[][] = [];
  for (const fragment of fragments) {
    if (starts.has(fragment.offset)) groups.push([fragment]);
    else groups.at(-1)?.push(fragment);
  }
  if (groups.length === frames) return groups;
  throw bad(image, `has ${fragments.length} pieces of compressed pixels that do not make up its ${frames} frames`);
}

function readFragments(handle: number, image: DicomImage): { table: number[]; fragments: Extent[] } {
  const fragments: Extent[] = [];
  let table: number[] | undefined;
  const head = Buffer.alloc(8);
  for (let at = image.pixels.offset; ;) {
    if (readSync(handle, head, 0, 8, at) < 8) {
      // A file may end without the closing item, but not before its pixels.
      if (fragments.length >= image.pixels.frames) break;
      throw bad(image, 'is cut short within its pixels');
    }
    const tag = head.readUInt32LE(0);
    const length = head.readUInt32LE(4);
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) throw bad(image, 'has damaged compressed pixels');
    if (at + 8 + length > image.fileBytes) throw bad(image, 'is cut short within its pixels');
    if (table === undefined) table = readTable(handle, { offset: at + 8, length });
    else if (length > 0) fragments.push({ offset: at + 8, length });
    at += 8 + length;
  }
  if (fragments.length === 0) throw bad(image, 'has no pixels');
  return { table: table ?? [], fragments };
}

function readTable(handle: number, { offset, length }: Extent): number[] {
  const bytes = Buffer.alloc(Math.min(length, 4 * 1024 ** 2));
  readSync(handle, bytes, 0, bytes.length, offset);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readUInt32LE(4 * i));
}

/** JPEG begins with FFD8, JPEG 2000 with FF4F, a JP2 file with the length 12. */
function beginsPicture(handle: number): (fragment: Extent) => boolean {
  const start = Buffer.alloc(4);
  return ({ offset }) => {
    readSync(handle, start, 0, 4, offset);
    const word = start.readUInt16BE(0);
    return word === 0xffd8 || word === 0xff4f || start.readUInt32BE(0) === 12;
  };
}

/** The bytes of a frame, joined. */
export function readExtents(handle: number, extents: readonly Extent[], image: DicomImage): Uint8Array {
  const bytes = new Uint8Array(extents.reduce((sum, { length }) => sum + length, 0));
  let done = 0;
  for (const { offset, length } of extents) {
    readFully(handle, bytes.subarray(done, done + length), offset, image);
    done += length;
  }
  return bytes;
}

/** Fills `bytes` from a place in the file. @throws TesseraError `bad-file` when it ends before. */
export function readFully(handle: number, bytes: Uint8Array, offset: number, image: DicomImage): void {
  for (let done = 0; done < bytes.length;) {
    const read = readOnce(handle, bytes, done, offset + done, image);
    if (read === 0) throw bad(image, 'is cut short within its pixels');
    done += read;
  }
}

function readOnce(handle: number, bytes: Uint8Array, done: number, position: number, image: DicomImage): number {
  try {
    return readSync(handle, bytes, done, bytes.length - done, position);
  } catch (cause) {
    throw unreadable(image.path, cause);
  }
}

function bad({ path }: DicomImage, what: string): TesseraError {
  return new TesseraError('bad-file', `${what}.`, { subject: path, advice: 'Copy or export it again.' });
}
