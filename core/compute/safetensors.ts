import { open, type FileHandle } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { TesseraError } from '../base/errors.ts';

/** Values of one tensor in a file; floats are always given as float32. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Writes a safetensors file (huggingface.co/docs/safetensors: length, JSON header, raw little-endian values), atomically. */
export async function writeSafetensors(
  path: string,
  entries: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let at = 0;
  for (const [name, { shape, data }] of entries) {
    const dtype = data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U8';
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Padded with spaces so that the values begin at a multiple of eight.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await writeFileAtomic(path, [length, padded, ...[...entries.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]);
}

/** An open file: the header is read and checked, values are read when asked for. Close it. */
export interface SafetensorsFile {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  shapeOf(name: string): readonly number[] | undefined;
  /** Values as float32, row-major, in an array of their own. @throws TesseraError `bad-model` for integer tensors and unknown names */
  float32(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

const BYTES: Readonly<Record<string, number>> = { F32: 4, F64: 8, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1 };
const HEADER_LIMIT = 100e6;
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().min(0)),
  data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
});
type Entry = z.infer<typeof entrySchema>;

/** @throws TesseraError `bad-model` naming the file when it is missing, truncated or not safetensors */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw new TesseraError('bad-model', 'is missing or cannot be read.', { subject: path, advice: 'Copy the whole folder again.', cause });
  }
  try {
    const { header, start } = await readHeader(file, path);
    const { __metadata__: metadata, ...rest } = header;
    const entries = new Map(Object.entries(rest).map(([name, value]) => [name, parseEntry(name, value, path)]));
    const { size } = await file.stat();
    checkOffsets(entries, size - start, path);
    return {
      names: [...entries.keys()],
      metadata: z.record(z.string(), z.string()).catch({}).parse(metadata ?? {}),
      shapeOf: (name) => entries.get(name)?.shape,
      float32: (name) => readFloats(file, start, entries.get(name), name, path),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: Record<string, unknown>; start: number }> {
  const { size } = await file.stat();
  const first = Buffer.alloc(8);
  if (size >= 8) await file.read(first, 0, 8, 0);
  const length = Number(first.readBigUInt64LE());
  if (size < 8 || length > HEADER_LIMIT || 8 + length > size) throw damaged(path, 'it is truncated or no safetensors file');
  const text = Buffer.alloc(length);
  await file.read(text, 0, length, 8);
  try {
    return { header: z.record(z.string(), z.unknown()).parse(JSON.parse(text.toString('utf8'))), start: 8 + length };
  } catch (cause) {
    throw damaged(path, 'its header is not readable', cause);
  }
}

function parseEntry(name: string, value: unknown, path: string): Entry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw damaged(path, `the entry ${name} is not readable`, parsed.error);
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  const bytes = BYTES[dtype];
  if (bytes === undefined) throw damaged(path, `${name} has the unknown type ${dtype}`);
  const expected = shape.reduce((product, d) => product * d, bytes);
  if (offsets[1] - offsets[0] !== expected) throw damaged(path, `${name} has ${String(offsets[1] - offsets[0])} bytes instead of ${String(expected)}`);
  return parsed.data;
}

/** Values must lie one after the other and fill the file. */
function checkOffsets(entries: ReadonlyMap<string, Entry>, available: number, path: string): void {
  let at = 0;
  for (const { data_offsets: offsets } of [...entries.values()].sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1])) {
    if (offsets[0] !== at) throw damaged(path, 'its tensors overlap or leave gaps');
    at = offsets[1];
  }
  if (at !== available) throw damaged(path, at > available ? 'it is truncated' : 'it has bytes that belong to no tensor');
}

async function readFloats(file: FileHandle, start: number, entry: Entry | undefined, name: string, path: string): Promise<Float32Array> {
  if (entry === undefined) throw damaged(path, `it has no tensor ${name}`);
  const length = entry.data_offsets[1] - entry.data_offsets[0];
  const bytes = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, Math.min(length - got, 1 << 28), start + entry.data_offsets[0] + got);
    if (bytesRead === 0) throw damaged(path, 'it is truncated');
    got += bytesRead;
  }
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(bytes.buffer));
    case 'BF16':
      return Float32Array.from(new Uint16Array(bytes.buffer), bfloat16);
    case 'F16':
      return Float32Array.from(new Uint16Array(bytes.buffer), float16);
    default:
      throw damaged(path, `${name} holds whole numbers where weights are expected`);
  }
}

const word = new DataView(new ArrayBuffer(4));
function bfloat16(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function damaged(path: string, reason: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-model', `is damaged: ${reason}.`, { subject: path, advice: 'Copy it again from where it came from.', cause });
}
