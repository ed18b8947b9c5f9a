import { open, stat, type FileHandle } from 'node:fs/promises';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { describeError, isTesseraError, TesseraError } from '../base/errors.ts';
import {
  elementBytes,
  elementCount,
  formatHeader,
  parseHeader,
  type ElementType,
  type SafetensorsHeader,
  type TensorPlace,
} from './safetensors-header.ts';

export type SafetensorsArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export interface SafetensorsEntry {
  readonly shape: readonly number[];
  /**
   * Row-major. A function is called when its turn to be written comes, so that not all tensors need to be in memory at once; it gives
   * the values whole or in pieces.
   */
  readonly data: SafetensorsArray | (() => Promise<Float32Array> | Iterable<Float32Array>);
}

/** An open file: header read and checked, tensors read when asked for. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly names: readonly string[];
  shapeOf(name: string): readonly number[] | undefined;
  /** Values of a tensor of any float type, row-major. @throws TesseraError `bad-model` when absent, cut off or of an integer type */
  float32(name: string): Promise<Float32Array>;
  /** Values of any tensor; all float types become single precision. @throws TesseraError `bad-model` when absent or cut off */
  read(name: string): Promise<Float32Array | Int32Array | BigInt64Array | Uint8Array>;
  close(): Promise<void>;
}

/** The limit of the reference implementation. */
const LONGEST_HEADER = 100_000_000;
/** One call of the operating system reads less than 2 GiB. */
const PIECE = 1 << 28;

/**
 * Writes tensors in the safetensors format, atomically and one by one.
 * @throws TesseraError `write-failed`; Error (a mistake in the program) when a shape and its data disagree
 */
export async function writeSafetensors(
  path: string,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Wide types first keeps every tensor aligned, which the format recommends to writers.
  const ordered = [...entries].sort(([, a], [, b]) => elementBytes[typeOf(b)] - elementBytes[typeOf(a)]);
  const places = new Map<string, TensorPlace>();
  let at = 0;
  for (const [name, entry] of ordered) {
    const type = typeOf(entry);
    const end = at + elementCount(entry.shape) * elementBytes[type];
    places.set(name, { type, shape: entry.shape, begin: at, end });
    at = end;
  }
  let problem: Error | undefined;
  async function* content(): AsyncIterable<Uint8Array> {
    yield formatHeader(places, metadata);
    for (const [name, { shape, data }] of ordered) {
      let written = 0;
      for await (const array of arraysOf(data)) {
        written += array.length;
        yield* pieces(array);
      }
      if (written !== elementCount(shape)) {
        problem = new Error(`${name} has ${written} values and the shape ${shape.join('x')}.`);
        throw problem;
      }
    }
  }
  try {
    await writeFileAtomic(path, content());
  } catch (error) {
    throw problem ?? error;
  }
}

/**
 * Opens a safetensors file. The caller closes it.
 * @throws TesseraError `bad-model` when the file is missing, damaged or cut off, or holds a type of number other than
 * F64, F32, F16, BF16, I64, I32, U8
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let file: FileHandle | undefined;
  try {
    const found = await stat(path);
    // Opening a pipe would wait for ever.
    if (!found.isFile()) throw new Error('it is not a file');
    file = await open(path, 'r');
    return opened(path, file, await readHeader(file, found.size));
  } catch (cause) {
    await file?.close();
    throw problemWith(path, cause);
  }
}

interface OpenedHeader extends SafetensorsHeader {
  readonly dataStart: number;
}

async function readHeader(file: FileHandle, fileBytes: number): Promise<OpenedHeader> {
  if (fileBytes < 8) throw new Error(`it has only ${fileBytes} bytes`);
  const prefix = Buffer.alloc(8);
  await readFully(file, prefix, 0);
  const length = prefix.readBigUInt64LE();
  if (length > LONGEST_HEADER) throw new Error('its header would be longer than 100 MB, so it is no safetensors file');
  if (Number(length) > fileBytes - 8) throw new Error('it ends within its header');
  const bytes = new Uint8Array(Number(length));
  await readFully(file, bytes, 8);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const dataStart = 8 + bytes.length;
  return { ...parseHeader(text, fileBytes - dataStart), dataStart };
}

function opened(path: string, file: FileHandle, header: OpenedHeader): SafetensorsFile {
  const read = async (name: string): Promise<Float32Array | Int32Array | BigInt64Array | Uint8Array> => {
    try {
      const place = header.places.get(name);
      if (place === undefined) throw new Error(`it has no tensor ${name}`);
      return await readTensor(file, place, header.dataStart);
    } catch (cause) {
      throw problemWith(path, cause);
    }
  };
  return {
    metadata: header.metadata,
    names: [...header.places.keys()],
    shapeOf: (name) => header.places.get(name)?.shape,
    read,
    float32: async (name) => {
      const values = await read(name);
      if (values instanceof Float32Array) return values;
      throw problemWith(path, new Error(`its tensor ${name} holds integers where fractions belong`));
    },
    close: () => file.close(),
  };
}

async function readTensor(
  file: FileHandle,
  { type, shape, begin }: TensorPlace,
  dataStart: number,
): Promise<Float32Array | Int32Array | BigInt64Array | Uint8Array> {
  const filled = async <T extends ArrayBufferView>(array: T): Promise<T> => {
    await readFully(file, array, dataStart + begin);
    return array;
  };
  const n = elementCount(shape);
  switch (type) {
    case 'F32':
      return filled(new Float32Array(n));
    case 'F64':
      return new Float32Array(await filled(new Float64Array(n)));
    case 'F16':
      return Float32Array.from(await filled(new Uint16Array(n)), halfToNumber);
    case 'BF16':
      return bfloatToFloat(await filled(new Uint16Array(n)));
    case 'I32':
      return filled(new Int32Array(n));
    case 'I64':
      return filled(new BigInt64Array(n));
    case 'U8':
      return filled(new Uint8Array(n));
  }
}

async function readFully(file: FileHandle, target: ArrayBufferView, from: number): Promise<void> {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(PIECE, bytes.length - done), from + done);
    if (bytesRead === 0) throw new Error('it became shorter while it was read');
    done += bytesRead;
  }
}

async function* arraysOf(data: SafetensorsEntry['data']): AsyncIterable<SafetensorsArray> {
  if (typeof data !== 'function') yield data;
  else {
    const made = data();
    if (Symbol.iterator in made) yield* made;
    else yield await made;
  }
}

function* pieces(array: SafetensorsArray): Iterable<Uint8Array> {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function typeOf({ data }: SafetensorsEntry): ElementType {
  if (typeof data === 'function' || data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Int32Array) return 'I32';
  return data instanceof BigInt64Array ? 'I64' : 'U8';
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a single-precision number. */
function bfloatToFloat(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

function problemWith(path: string, cause: unknown): TesseraError {
  if (isTesseraError(cause)) return cause;
  const missing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  return new TesseraError('bad-model', missing ? 'does not exist.' : `cannot be read as safetensors: ${describeError(cause)}.`, {
    subject: path,
    advice: missing ? 'Check the path.' : 'The file is damaged or incomplete: copy or export it again.',
    cause,
  });
}
