import { crc32 } from 'node:zlib';
import { changeDetails, type ChangeDetails } from './schemas.ts';

/** What a change of a layer was. All four carry their delta, so a journal can be read without knowing what was undone. */
export const recordKinds = ['stroke', 'undo', 'redo', 'restore'] as const;
export type RecordKind = (typeof recordKinds)[number];

export interface JournalRecord {
  /** Counts the changes of a layer from 1, without gaps. */
  readonly sequence: number;
  readonly kind: RecordKind;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  /** Of an undo: title of what was undone, and the inverse of its change of segments. */
  readonly details: ChangeDetails;
  /** The change that was made to the map, as `encodeDelta` writes it; of an undo, the inverse of what was undone. */
  readonly delta: Uint8Array;
}

/** Records of format 1 have no details. They are read; new ones are written in format 2. */
export type JournalFormat = 1 | 2;

export interface JournalContent {
  readonly format: JournalFormat;
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

const FORMATS: ReadonlyMap<unknown, JournalFormat> = new Map([
  ['tessera-journal/1', 1],
  ['tessera-journal/2', 2],
]);
const LONGEST_HEADER = 256;
/** Length of the payload and its CRC-32. */
const FRAME_BYTES = 8;
/** Sequence, kind and time; in format 2 the length of the details, too. */
const FIXED_BYTES: Readonly<Record<JournalFormat, number>> = { 1: 13, 2: 17 };
const NO_DETAILS: ChangeDetails = { title: '', author: '' };
/** Bytes whose checksum is taken, at most, in search of a record behind damage. */
const SEARCH_BYTES = 1024 ** 3;
export const MOST_RECORD_BYTES = 256 * 1024 ** 2;

/** The first line of a journal: JSON, padded by nothing, ended by a newline. */
export function journalHeader(after: number): Uint8Array {
  return Buffer.from(JSON.stringify({ schema: 'tessera-journal/2', after }) + '\n');
}

/**
 * u32 length of the payload, u32 CRC-32 of it, then the payload: u32 sequence, u8 kind, f64 time, u32 length of the details, the details as
 * JSON, delta. Little-endian.
 */
export function encodeRecord(record: JournalRecord): Uint8Array {
  const details = Buffer.from(JSON.stringify(record.details));
  const fixed = FIXED_BYTES[2];
  const bytes = Buffer.alloc(FRAME_BYTES + fixed + details.length + record.delta.length);
  const payload = bytes.subarray(FRAME_BYTES);
  payload.writeUInt32LE(record.sequence, 0);
  payload.writeUInt8(recordKinds.indexOf(record.kind) + 1, 4);
  payload.writeDoubleLE(record.time, 5);
  payload.writeUInt32LE(details.length, 13);
  payload.set(details, fixed);
  payload.set(record.delta, fixed + details.length);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt32LE(crc32(payload), 4);
  return bytes;
}

/** All good records from the start of a journal, or undefined when it has no header. */
export function readJournal(bytes: Buffer): JournalContent | undefined {
  const line = bytes.subarray(0, LONGEST_HEADER).indexOf(0x0a);
  const header = line < 0 ? undefined : parsedHeader(bytes.toString('utf8', 0, line));
  if (header === undefined) return undefined;
  const { after, format } = header;
  const records: JournalRecord[] = [];
  let at = line + 1;
  const ends = [at];
  for (let record = recordAt(bytes, at, format); record?.sequence === after + records.length + 1; record = recordAt(bytes, at, format)) {
    records.push(record);
    at += FRAME_BYTES + bytes.readUInt32LE(at);
    ends.push(at);
  }
  const tail = at === bytes.length ? 'none' : hasRecordBehind(bytes, at, format) ? 'damaged' : 'torn';
  return { format, after, records, ends, tail };
}

function parsedHeader(line: string): { after: number; format: JournalFormat } | undefined {
  try {
    const header: unknown = JSON.parse(line);
    if (typeof header !== 'object' || header === null || !('schema' in header) || !('after' in header)) return undefined;
    const { schema, after } = header;
    const format = FORMATS.get(schema);
    return format !== undefined && typeof after === 'number' && Number.isInteger(after) && after >= 0 ? { after, format } : undefined;
  } catch {
    return undefined;
  }
}

function recordAt(bytes: Buffer, at: number, format: JournalFormat): JournalRecord | undefined {
  const fixed = FIXED_BYTES[format];
  if (at + FRAME_BYTES + fixed > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const start = at + FRAME_BYTES;
  // A disk may fill the tail with zeros after a power cut; their checksum would be right.
  if (length < fixed || length > MOST_RECORD_BYTES || start + length > bytes.length) return undefined;
  const kind = recordKinds[bytes.readUInt8(start + 4) - 1];
  if (kind === undefined) return undefined;
  const payload = bytes.subarray(start, start + length);
  if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return undefined;
  const text = format === 1 ? 0 : payload.readUInt32LE(13);
  const details = format === 1 ? NO_DETAILS : parsedDetails(payload.subarray(fixed, fixed + text));
  if (details === undefined || fixed + text > length) return undefined;
  return { sequence: payload.readUInt32LE(0), kind, time: payload.readDoubleLE(5), details, delta: payload.subarray(fixed + text) };
}

function parsedDetails(text: Buffer): ChangeDetails | undefined {
  try {
    return changeDetails.safeParse(JSON.parse(text.toString())).data;
  } catch {
    return undefined;
  }
}

function hasRecordBehind(bytes: Buffer, at: number, format: JournalFormat): boolean {
  let budget = SEARCH_BYTES;
  for (let start = at + 1; start + FRAME_BYTES + FIXED_BYTES[format] <= bytes.length; start++) {
    if (recordAt(bytes, start, format) !== undefined) return true;
    // A file made to look like the start of a record everywhere must not keep us busy; it counts as damaged.
    const length = bytes.readUInt32LE(start);
    if (start + FRAME_BYTES + length <= bytes.length) budget -= length;
    if (budget < 0) return true;
  }
  return false;
}
