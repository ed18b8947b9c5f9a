import { crc32 } from 'node:zlib';
import { recordKinds, type JournalRecord } from '../../../core/workspace/journal.ts';

/** A record as it was written before there were details. */
export function firstFormat({ sequence, kind, time, delta }: JournalRecord): Buffer {
  const bytes = Buffer.alloc(21 + delta.length);
  bytes.writeUInt32LE(sequence, 8);
  bytes.writeUInt8(recordKinds.indexOf(kind) + 1, 12);
  bytes.writeDoubleLE(time, 13);
  bytes.set(delta, 21);
  bytes.writeUInt32LE(13 + delta.length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}
