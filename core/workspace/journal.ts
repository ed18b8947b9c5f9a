import { crc32 } from 'node:zlib';

/** What a change of a layer was. All four carry their delta, so a journal can be read without knowing what was undone. */
export const recordKinds = ['stroke', 'undo', 'redo', 'restore'] as const;
export type RecordKind = (typeof recordKinds)[number];

export interface JournalRecord {
  /** Counts the changes of a layer from 1, without gaps. */
  readonly sequence: number;
  readonly kind: RecordKind;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  /** The change that was made to the map, as `encodeDelta` writes it; of an undo, the inverse of what was undone. */
  readonly delta: Uint8Array;
}

export interface JournalContent {
  /** The sequence number before its first record. */
  readonly after: number;
  readonly records: readonly JournalRecord[];
  /** Length of the header and of each record behind it: `ends[n]` is where the first n records end. */
  readonly ends: readonly number[];
  /**
   * `torn`: behind the good records lies the beginning of one whose writing was cut off. `damaged`: there lie whole records behind bytes
   * that are none, so the file was changed or its disk forgets.
   */
  readonly tail: 'none' | 'torn' | 'damaged';
}

const NAME = 'tessera-journal/1';
const LONGEST_HEADER = 256;
/** Length of the payload and its CRC-32. */
const FRAME_BYTES = 8;
/** Sequence, kind and time, before the delta. */
const FIXED_BYTES = 13;
/** Bytes whose checksum is taken, at most, in search of a record behind damage. */
const SEARCH_BYTES = 1024 ** 3;
export const MOST_RECORD_BYTES = 256 * 1024 ** 2;

/** The first line of a journal: JSON, padded by nothing, ended by a newline. */
export function journalHeader(after: number): Uint8Array {
  return Buffer.from(JSON.stringify({ schema: NAME, after }) + '\n');
}

/** u32 length of the payload, u32 CRC-32 of it, then the payload: u32 sequence, u8 kind, f64 time, delta. Little-endian. */
export function encodeRecord(record: JournalRecord): Uint8Array {
  const bytes = Buffer.alloc(FRAME_BYTES + FIXED_BYTES + record.delta.length);
  const payload = bytes.subarray(FRAME_BYTES);
  payload.writeUInt32LE(record.sequence, 0);
  payload.writeUInt8(recordKinds.indexOf(record.kind) + 1, 4);
  payload.writeDoubleLE(record.time, 5);
  payload.set(record.delta, FIXED_BYTES);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt32LE(crc32(payload), 4);
  return bytes;
}

/** All good records from the start of a journal, or undefined when it has no header. */
export function readJournal(bytes: Buffer): JournalContent | undefined {
  const line = bytes.subarray(0, LONGEST_HEADER).indexOf(0x0a);
  const after = line < 0 ? undefined : headerAfter(bytes.toString('utf8', 0, line));
  if (after === undefined) return undefined;
  const records: JournalRecord[] = [];
  const ends = [line + 1];
  let at = line + 1;
  for (let record = recordAt(bytes, at); record?.sequence === after + records.length + 1; record = recordAt(bytes, at)) {
    records.push(record);
    at += FRAME_BYTES + FIXED_BYTES + record.delta.length;
    ends.push(at);
  }
  const tail = at === bytes.length ? 'none' : hasRecordBehind(bytes, at) ? 'damaged' : 'torn';
  return { after, records, ends, tail };
}

function headerAfter(line: string): number | undefined {
  try {
    const header: unknown = JSON.parse(line);
    if (typeof header !== 'object' || header === null || !('schema' in header) || !('after' in header)) return undefined;
    const { schema, after } = header;
    return schema === NAME && typeof after === 'number' && Number.isInteger(after) && after >= 0 ? after : undefined;
  } catch {
    return undefined;
  }
}

function recordAt(bytes: Buffer, at: number): JournalRecord | undefined {
  if (at + FRAME_BYTES + FIXED_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const start = at + FRAME_BYTES;
  // A disk may fill the tail with zeros after a power cut; their checksum would be right.
  if (length < FIXED_BYTES || length > MOST_RECORD_BYTES || start + length > bytes.length) return undefined;
  const kind = recordKinds[bytes.readUInt8(start + 4) - 1];
  if (kind === undefined) return undefined;
  const payload = bytes.subarray(start, start + length);
  if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return undefined;
  return { sequence: payload.readUInt32LE(0), kind, time: payload.readDoubleLE(5), delta: payload.subarray(FIXED_BYTES) };
}

function hasRecordBehind(bytes: Buffer, at: number): boolean {
  let budget = SEARCH_BYTES;
  for (let start = at + 1; start + FRAME_BYTES + FIXED_BYTES <= bytes.length; start++) {
    if (recordAt(bytes, start) !== undefined) return true;
    // A file made to look like the start of a record everywhere must not keep us busy; it counts as damaged.
    const length = bytes.readUInt32LE(start);
    if (start + FRAME_BYTES + length <= bytes.length) budget -= length;
    if (budget < 0) return true;
  }
  return false;
}
