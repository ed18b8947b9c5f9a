import * as z from 'zod';

/** Bytes of one value, by the format's name of its type. */
export const elementBytes = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1 } as const;
export type ElementType = keyof typeof elementBytes;

/** Where one tensor lies: bytes begin..end of the data that follow the header. */
export interface TensorPlace {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly places: ReadonlyMap<string, TensorPlace>;
}

const METADATA = '__metadata__';

const count = z.number().int().nonnegative();
const entry = z.strictObject({
  dtype: z.enum(Object.keys(elementBytes) as ElementType[]),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});

/**
 * Reads and checks the header of a safetensors file.
 * @param text the JSON
 * @param dataBytes size of what follows it in the file: the tensors must fill it without gap or overlap
 * @throws Error that says in a few words what is wrong
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseHeader(text: string, dataBytes: number): SafetensorsHeader {
  const document = parseObject(text);
  const names = topLevelKeys(text);
  if (new Set(names).size !== names.length) throw new Error('two entries of its header have the same name');
  const metadata = z.record(z.string(), z.string()).safeParse(document.get(METADATA) ?? {});
  if (!metadata.success) throw new Error('the metadata in its header is not a list of texts');
  document.delete(METADATA);
  const places = new Map<string, TensorPlace>();
  for (const [name, value] of document) places.set(name, placeOf(name, value));
  checkContiguous(places, dataBytes);
  return { metadata: metadata.data, places };
}

/** The header for tensors laid one after the other in this order, padded so that the data begin at a multiple of 8 bytes. */
export function formatHeader(places: ReadonlyMap<string, TensorPlace>, metadata: Readonly<Record<string, string>>): Uint8Array {
  const document = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) document.set(METADATA, metadata);
  for (const [name, { type, shape, begin, end }] of places) document.set(name, { dtype: type, shape, data_offsets: [begin, end] });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(document)));
  const header = Buffer.alloc(8 + 8 * Math.ceil(json.length / 8), ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return header;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}

function parseObject(text: string): Map<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new Error('its header is not JSON', { cause });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Error('its header is not a JSON object');
  return new Map(Object.entries(document));
}

function placeOf(name: string, value: unknown): TensorPlace {
  const parsed = entry.safeParse(value);
  if (!parsed.success) throw new Error(`the entry ${name} of its header is wrong: ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`);
  const { dtype: type, shape, data_offsets } = parsed.data;
  const [begin, end] = data_offsets;
  if (end - begin !== elementCount(shape) * elementBytes[type])
    throw new Error(`the size of ${name} (${shape.join('x')}, ${type}) does not agree with its place in the file`);
  return { type, shape, begin, end };
}

function checkContiguous(places: ReadonlyMap<string, TensorPlace>, dataBytes: number): void {
  let at = 0;
  for (const [name, { begin, end }] of [...places].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (end > dataBytes) throw new Error(`it ends before the tensor ${name} does: ${dataBytes} bytes of data instead of ${end} or more`);
    if (begin !== at) throw new Error(`the tensor ${name} does not begin where the one before it ends`);
    at = end;
  }
  if (at !== dataBytes) throw new Error(`${dataBytes - at} bytes at its end belong to no tensor`);
}

/** Keys of the outermost object, repeated ones too, which JSON.parse would drop. The text is known to be valid. */
function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (colon !== undefined && depth === 1) keys.push(JSON.parse(token.slice(0, -colon.length)) as string);
  }
  return keys;
}
