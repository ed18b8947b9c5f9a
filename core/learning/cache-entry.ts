import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { Geometry } from '../imaging/index.ts';
import type { TrainingCase } from './prepared-case.ts';
import { valueCodes } from './value-codes.ts';

/** First bytes of every entry; changes when the format does. */
export const CACHE_FORMAT = 'TESSVOX1';
const PIECE = 8 * 1024 ** 2;

const count = z.number().int().positive();
const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const counts = z.tuple([count, count, count]).readonly();
const headerSchema = z.object({
  key: z.string(),
  id: z.string(),
  dims: counts,
  channels: count,
  geometry: z.object({
    dims: counts,
    spacing: triple,
    origin: triple,
    direction: z.tuple([triple, triple, triple]).readonly(),
  }),
  /** `float32`: the values. `codes`: a table of the values that occur, then a position in it for each voxel, in 1 or 2 bytes. */
  encoding: z.enum(['float32', 'codes8', 'codes16']),
  table: z.number().int().min(0),
  labels: z.boolean(),
});
type Header = z.infer<typeof headerSchema>;

/**
 * A prepared case as the bytes of a file: format, length of the header (uint32), header (JSON, padded so that what follows begins at a
 * multiple of 8), table (float32), voxels, labels (uint8), CRC-32 of all before it. Numbers are little-endian, last axis fastest. Values
 * are kept exactly: as codes where few different ones occur, else as float32.
 */
export function entryPieces(key: string, { id, scan, labels }: TrainingCase): Uint8Array[] {
  const coded = valueCodes(scan.values);
  const voxels = coded?.codes ?? scan.values;
  const header: Header = {
    key,
    id,
    dims: scan.dims,
    channels: scan.channels,
    geometry: scan.geometry,
    encoding: coded === undefined ? 'float32' : coded.codes.BYTES_PER_ELEMENT === 1 ? 'codes8' : 'codes16',
    table: coded?.table.length ?? 0,
    labels: labels !== undefined,
  };
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - ((CACHE_FORMAT.length + 4 + text.length) % 8)) % 8, ' ')]);
  const pieces = [
    Buffer.concat([Buffer.from(CACHE_FORMAT), littleEndian(padded.length), padded]),
    ...(coded === undefined ? [] : [bytesIn(coded.table)]),
    bytesIn(voxels),
    ...(labels === undefined ? [] : [labels]),
  ];
  return [...pieces, littleEndian(pieces.reduce((crc, piece) => crc32(piece, crc), 0))];
}

/** @throws Error when the file is not the entry of that key, or was damaged */
export async function readEntry(file: FileHandle, key: string, allocate: (bytes: number) => ArrayBufferLike): Promise<TrainingCase> {
  const reader = new CheckedReader(file);
  const start = await reader.take(CACHE_FORMAT.length + 4);
  if (start.subarray(0, CACHE_FORMAT.length).toString() !== CACHE_FORMAT) throw new Error('no magic');
  const { size } = await file.stat();
  const headerBytes = start.readUInt32LE(CACHE_FORMAT.length);
  if (headerBytes > size) throw new Error('header too long');
  const header = headerSchema.parse(JSON.parse((await reader.take(headerBytes)).toString()));
  const voxels = header.dims[0] * header.dims[1] * header.dims[2];
  const length = voxels * header.channels;
  const width = { float32: 4, codes8: 1, codes16: 2 }[header.encoding];
  const expected = CACHE_FORMAT.length + 4 + headerBytes + 4 * header.table + width * length + (header.labels ? voxels : 0) + 4;
  if (header.key !== key || size !== expected || header.table > 65_536) throw new Error('not this entry');
  const values = new Float32Array(allocate(4 * length));
  const table = new Float32Array(header.table);
  await reader.fill(bytesIn(table));
  if (header.encoding === 'float32') await reader.fill(bytesIn(values));
  else await decode(reader, header.encoding === 'codes8' ? Uint8Array : Uint16Array, table, values);
  const labels = header.labels ? new Uint8Array(allocate(voxels)) : undefined;
  if (labels !== undefined) await reader.fill(labels);
  const { crc } = reader;
  if ((await reader.take(4)).readUInt32LE() !== crc) throw new Error('wrong checksum');
  const scan = { values, channels: header.channels, dims: header.dims, geometry: header.geometry as unknown as Geometry };
  return { id: header.id, scan, ...(labels === undefined ? {} : { labels }) };
}

async function decode(
  reader: CheckedReader,
  Codes: typeof Uint8Array | typeof Uint16Array,
  table: Float32Array,
  values: Float32Array,
): Promise<void> {
  const codes = new Codes(Math.min(values.length, PIECE));
  for (let at = 0; at < values.length; at += codes.length) {
    const piece = codes.subarray(0, Math.min(codes.length, values.length - at));
    await reader.fill(bytesIn(piece));
    for (let i = 0; i < piece.length; i++) values[at + i] = table[piece[i] as number] as number;
  }
}

/** Reads on from where it was, summing up the CRC-32 of what it read. */
class CheckedReader {
  crc = 0;
  private readonly file: FileHandle;

  constructor(file: FileHandle) {
    this.file = file;
  }

  async take(bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(bytes);
    await this.fill(buffer);
    return buffer;
  }

  async fill(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await this.file.read(bytes, at, Math.min(PIECE, bytes.length - at));
      if (bytesRead === 0) throw new Error('ends too early');
      this.crc = crc32(bytes.subarray(at, at + bytesRead), this.crc);
      at += bytesRead;
    }
  }
}

function bytesIn(values: Float32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
