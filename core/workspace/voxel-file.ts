import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { TesseraError } from '../base/errors.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { voxelCount, type Volume, type VoxelArray } from '../imaging/index.ts';
import { errorCode } from './disk-trouble.ts';
import type { ScanDocument, StoredType } from './schemas.ts';

const views: Readonly<Record<StoredType, new (buffer: ArrayBuffer) => VoxelArray>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

const PIECE = 4 * 1024 ** 2;
const LONGEST_READ = 256 * 1024 ** 2;

/** 'int16' of an Int16Array. */
export function storedTypeOf(voxels: VoxelArray): StoredType {
  for (const [type, View] of Object.entries(views)) if (voxels instanceof View) return type as StoredType;
  throw new TypeError('voxels of an unknown type');
}

/** SHA-256 of the voxels, and of the scan as a whole: a line of JSON with type, geometry and scaling, then the voxels. */
export async function scanHashes(volume: Volume, task: Task): Promise<{ voxels: string; content: string }> {
  const { dims, spacing, origin, direction } = volume.geometry;
  const { slope, intercept } = volume;
  const voxels = createHash('sha256');
  const content = createHash('sha256');
  content.update(JSON.stringify({ type: storedTypeOf(volume.voxels), dims, spacing, origin, direction, slope, intercept }) + '\n');
  for (const piece of pieces(volume.voxels, 'fingerprint', task)) {
    voxels.update(piece);
    content.update(piece);
    // Others get their turn, and so does a wish to cancel.
    await nextTurn();
  }
  return { voxels: voxels.digest('hex'), content: content.digest('hex') };
}

/** Writes raw voxels, little-endian, i fastest. */
export async function writeVoxels(path: string, voxels: VoxelArray, task: Task): Promise<void> {
  await writeFileAtomic(path, pieces(voxels, 'store', task));
}

/** @throws TesseraError `bad-file` when the file is missing or does not have the bytes that its scan tells of */
export async function readVoxels(path: string, { geometry, voxels }: ScanDocument): Promise<VoxelArray> {
  const View = views[voxels.type];
  const expected = voxelCount(geometry.dims) * bytesOf(voxels.type);
  // Memory is taken for what is there, not for what is claimed.
  if ((await sizeOf(path)) !== expected || voxels.bytes !== expected) throw wrongSize(path, expected);
  const bytes = new Uint8Array(expected);
  try {
    await fill(bytes, path);
  } catch (cause) {
    throw new TesseraError('bad-file', 'cannot be read.', { subject: path, advice: 'Check the disk.', cause });
  }
  return new View(bytes.buffer);
}

/** Reads in pieces: one reading takes no more than 2 GB. */
async function fill(bytes: Uint8Array, path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await file.read(bytes, done, Math.min(LONGEST_READ, bytes.length - done), done);
      if (bytesRead === 0) throw new Error('the file became shorter');
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
}

export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw new TesseraError('bad-file', 'cannot be read.', { subject: path, advice: 'Check the disk.', cause });
  }
}

function* pieces(voxels: VoxelArray, stage: string, task: Task): Generator<Uint8Array> {
  const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  for (let at = 0; at < bytes.length; at += PIECE) {
    throwIfCancelled(task);
    task.progress({ stage, done: at, total: bytes.length });
    yield bytes.subarray(at, at + PIECE);
  }
}

const bytesOf = (type: StoredType): number => Number(/\d+/.exec(type)?.[0]) / 8;

function wrongSize(path: string, expected: number): TesseraError {
  return new TesseraError('bad-file', `is missing or does not have ${expected} bytes.`, {
    subject: path,
    advice: 'Add the scan again from its source.',
  });
}
